/** Conditions on arguments as they stand in a rule: `arguments.NAME.KIND = …`. */
import type { Problems } from "../config/problems.ts";
import { described } from "../config/section.ts";
import { TomlList, TomlScalar, TomlTable } from "../config/toml.ts";
import { ownProcess } from "../os/own-process.ts";
import { ANY_MORE } from "./conditions.ts";
import { isPattern } from "./pattern.ts";
import { nameOf } from "./places.ts";
import type { ArgumentCondition, Condition } from "./rules.ts";
import { Table, type Written } from "./table.ts";

const KINDS = ["one-of", "like", "sequence", "inside", "program", "at-most", "at-least", "absent"] as const;
type Kind = (typeof KINDS)[number];

/** @param name of the rule, as an error calls it. @param table of its `arguments`. */
export function readConditions(name: string, table: TomlTable, problems: Problems): ArgumentCondition[] {
  return table.keys().flatMap((argument) => {
    const conditions = table.get(argument);
    if (!(conditions instanceof TomlTable)) {
      const what = conditions === undefined ? "missing" : described(conditions);
      const how = `write a condition behind the name, such as arguments.${argument}.one-of = […]`;
      problems.error(table.originOf(argument), `'arguments.${argument}' of ${name} is ${what}: ${how}`);
      return [];
    }
    const own = new Table(`'arguments.${argument}'`, conditions, KINDS, problems);
    const read = KINDS.filter((kind) => own.get(kind) !== undefined).flatMap((kind) => {
      const condition = readers[kind](own);
      return condition === undefined ? [] : [{ argument, condition, origin: own.originOf(kind) }];
    });
    if (conditions.keys().length === 0)
      problems.error(table.originOf(argument), `'arguments.${argument}' has no condition: there are ${KINDS.join(", ")}`);
    refuseContradictions(argument, read, problems);
    return read;
  });
}

const PATTERNS = 'write texts, with * and ? as you need them: ["a*", "b"]';
const FOLDERS = 'write absolute paths: ["/srv/data"]';
const PROGRAMS = 'write absolute paths of programs: ["/usr/bin/uptime"]';

const readers: Readonly<Record<Kind, (table: Table) => Condition | undefined>> = {
  "one-of"(table) {
    const hasToBe = 'write the values that may be: ["a", 1, true]';
    const scalars = table.scalars("one-of", hasToBe);
    const values = scalars?.flatMap(({ value, origin }) => {
      if (!(value instanceof Date)) return [value];
      table.error(origin, `'one-of' has a date in it: ${hasToBe}`);
      return [];
    });
    const given = table.get("one-of");
    if (given instanceof TomlList && given.items.length === 0) return table.wrong("one-of", `it is empty: ${hasToBe}`);
    return values && { kind: "one-of", values };
  },
  like(table) {
    const patterns = table.texts("like", PATTERNS);
    return patterns && { kind: "like", patterns: patterns.map(({ text }) => text) };
  },
  sequence(table) {
    const patterns = table.texts("sequence", `${PATTERNS}; "${ANY_MORE}" at the end for any more`, true);
    for (const { text, origin } of patterns?.slice(0, -1) ?? []) {
      if (text === ANY_MORE) table.error(origin, `"${ANY_MORE}" stands for any more items, so it can only be the last of a sequence`);
    }
    return patterns && { kind: "sequence", patterns: patterns.map(({ text }) => text) };
  },
  inside(table) {
    const folders = table.texts("inside", FOLDERS)?.flatMap((written) => absolute(table, written, FOLDERS));
    return folders && { kind: "inside", folders };
  },
  program(table) {
    const paths = table.texts("program", PROGRAMS)?.flatMap((written) => programPath(table, written));
    return paths && { kind: "program", paths };
  },
  "at-most": (table) => bound(table, "at-most"),
  "at-least": (table) => bound(table, "at-least"),
  absent(table) {
    const value = table.get("absent");
    if (value instanceof TomlScalar && value.value === true) return { kind: "absent" };
    return table.wrong("absent", "write true, or leave it out: any other condition wants the argument to be there");
  },
};

function bound(table: Table, kind: "at-most" | "at-least"): Condition | undefined {
  const value = table.get(kind);
  const number = value instanceof TomlScalar ? value.value : undefined;
  if ((typeof number === "number" && !Number.isNaN(number)) || typeof number === "bigint") return { kind, bound: number };
  return table.wrong(kind, "write a number");
}

/** A path as it is compared: from the root, without anything that could lead elsewhere. */
function absolute(table: Table, { text, origin }: Written, hasToBe: string): string[] {
  const wrong = (why: string) => {
    table.error(origin, `${JSON.stringify(text)} ${why}`);
    return [];
  };
  const { noPathRules } = ownProcess();
  if (noPathRules !== undefined) return wrong(noPathRules);
  if (!text.startsWith("/")) return wrong(`is not an absolute path: ${hasToBe}`);
  if (text.includes("\0")) return wrong("has a NUL character, which no path has: leave it out");
  const parts = text.split("/").filter((part) => part !== "");
  if (parts.includes("..") || parts.includes(".")) return wrong("has '.' or '..' in it: write the path without");
  if (isPattern(text)) table.problems.warning(origin, `${JSON.stringify(text)}: a path takes no patterns, so * and ? are part of its name`);
  return [`/${parts.join("/")}`];
}

function programPath(table: Table, written: Written): string[] {
  if (written.text.startsWith("/") && nameOf(written.text) === "") {
    table.error(written.origin, `${JSON.stringify(written.text)} is a folder: ${PROGRAMS}`);
    return [];
  }
  return absolute(table, written, PROGRAMS);
}

function refuseContradictions(argument: string, conditions: readonly ArgumentCondition[], problems: Problems): void {
  const absent = conditions.find(({ condition }) => condition.kind === "absent");
  const bounds = new Map(conditions.flatMap(({ condition }) => ("bound" in condition ? [[condition.kind, condition.bound] as const] : [])));
  const [least, most] = [bounds.get("at-least"), bounds.get("at-most")];
  const [first] = conditions;
  if (absent !== undefined && conditions.length > 1) {
    problems.error(absent.origin, `'${argument}' can't be absent and something else: remove one, or write two rules`);
  }
  if (first !== undefined && least !== undefined && most !== undefined && least > most) {
    problems.error(first.origin, `'${argument}' can't be at least ${least} and at most ${most}: this rule never matches`);
  }
}
