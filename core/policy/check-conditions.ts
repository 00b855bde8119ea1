/** Whether a condition can hold for any of the commands that its rule names. */
import { nearest } from "../config/nearest.ts";
import type { Problems } from "../config/problems.ts";
import type { AnyCommand } from "../plugin.ts";
import { matches } from "./pattern.ts";
import type { ArgumentCondition, Condition } from "./rules.ts";
import { type DeclaredArgument, declaredArguments, roleOf } from "./subject.ts";

export function checkCondition(
  { argument, condition, origin }: ArgumentCondition,
  side: "allow" | "block",
  commands: readonly AnyCommand[],
  problems: Problems,
): void {
  const declared = commands.flatMap((command) => {
    const schema = declaredArguments(command)[argument];
    return schema === undefined ? [] : [{ name: command.name, schema }];
  });
  const without = commands.filter((command) => !declared.some(({ name }) => name === command.name)).map(({ name }) => name);
  if (declared.length === 0) {
    const like = nearest(argument, new Set(commands.flatMap((command) => Object.keys(declaredArguments(command)))));
    problems.error(origin, `${namesText(without)} has no argument '${argument}'${like === undefined ? "" : `; is '${like}' meant?`}`);
    return;
  }
  if (without.length > 0 && condition.kind !== "absent") {
    const effect = side === "allow" ? "so this rule never allows it" : "so this rule never blocks it";
    problems.warning(origin, `${namesText(without)} has no argument '${argument}', ${effect}`);
  }
  const reasons = declared.map(({ name, schema }) => ({ name, reason: reasonAgainst(condition, schema) }));
  for (const { name, reason } of reasons) {
    if (reason === undefined) continue;
    if (reasons.every((one) => one.reason !== undefined)) problems.error(origin, `'${argument}' of ${name} ${reason}`);
    else problems.warning(origin, `'${argument}' of ${name} ${reason}`);
    return;
  }
}

function namesText(names: readonly string[]): string {
  const [first, ...others] = names;
  return others.length === 0 ? `${first}` : `${first} (and ${others.length} more)`;
}

/** Why the condition can never hold for such an argument, and what to write. */
function reasonAgainst(condition: Condition, schema: DeclaredArgument): string | undefined {
  const isList = schema.type === "array";
  const item = schema.items ?? schema;
  const isText = item.type === "string" || (item.alternate?.values.length ?? 0) > 0;
  switch (condition.kind) {
    case "inside":
      return roleOf(schema) === "path" ? undefined : "is not declared as a path, so 'inside' says nothing of it: use one-of or like";
    case "program":
      return roleOf(schema) === "program" ? undefined : "is not declared as a program, so 'program' says nothing of it: use one-of or like";
    case "sequence":
      return isList && isText ? undefined : "is no list of texts, so 'sequence' never holds: use one-of or like";
    case "like":
      if (!isText) return "is no text, so 'like' never holds: use one-of, at-least or at-most";
      return noneOf(condition.patterns, item);
    case "one-of":
      return reasonAgainstValues(condition.values, item);
    case "at-most":
    case "at-least":
      return isList || isText || isNumber(item) || item.base64
        ? undefined
        : `has neither a number nor a length, so '${condition.kind}' never holds: use one-of`;
    case "absent":
      return schema.default === undefined
        ? undefined
        : `is never absent: without it the command takes ${JSON.stringify(schema.default)}; write one-of`;
  }
}

function isNumber({ int64, uint64, double, alternate }: DeclaredArgument): boolean {
  return Boolean(int64 || uint64 || double || alternate?.types.includes("integer"));
}

function noneOf(patterns: readonly string[], { enum: values }: DeclaredArgument): string | undefined {
  if (values === undefined || patterns.some((pattern) => values.some((value) => matches(pattern, value)))) return undefined;
  return `is one of ${values.join(", ")}, of which none is like that`;
}

function reasonAgainstValues(values: readonly unknown[], item: DeclaredArgument): string | undefined {
  const { enum: names, alternate, type } = item;
  const fits = (value: unknown): boolean => {
    if (typeof value === "string")
      return alternate ? alternate.values.includes(value) : type === "string" && (names?.includes(value) ?? true);
    if (typeof value === "boolean") return type === "boolean" || alternate?.types.includes("boolean") === true;
    return isNumber(item);
  };
  if (item.base64) return "is bytes, so 'one-of' never holds: use at-most or at-least";
  const known = type !== undefined || isNumber(item) || alternate !== undefined;
  const wrong = known ? values.find((value) => !fits(value)) : undefined;
  if (wrong === undefined) return undefined;
  return `can't be ${typeof wrong === "string" ? JSON.stringify(wrong) : String(wrong)}${names ? `: it is one of ${names.join(", ")}` : ": write values of its type"}`;
}
