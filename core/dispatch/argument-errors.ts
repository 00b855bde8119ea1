/** What ajv found wrong, in the wire's words: one error, the first in the order in which the schema declares the members. */
import { CommandError } from "../errors.ts";
import type { TSchema, WireKeywords } from "../schema.ts";
import type { ValidationError } from "./validators.ts";

interface SchemaNode extends WireKeywords {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

interface Located {
  readonly error: ValidationError;
  /** "vcpus[0].online" */
  readonly name: string;
  /** Index of each member on the way, as the schema has them; unknown members come last. */
  readonly rank: readonly number[];
  readonly schema: SchemaNode | undefined;
  readonly data: unknown;
}

const LAST = Number.MAX_SAFE_INTEGER;

/** @param errors what the validator left, at least one. */
export function argumentError(schema: TSchema, data: unknown, errors: readonly ValidationError[]): CommandError {
  const located = errors.map((error) => locate(schema as SchemaNode, data, error));
  return toCommandError(located.reduce((first, next) => (compareRank(next, first) < 0 ? next : first)));
}

function locate(root: SchemaNode, data: unknown, error: ValidationError): Located {
  const steps = error.instancePath.split("/").slice(1).map(unescapePointer);
  const member = error.params.missingProperty ?? error.params.additionalProperty;
  if (typeof member === "string") steps.push(member);
  let schema: SchemaNode | undefined = root;
  let value: unknown = data;
  let name = "";
  const rank: number[] = [];
  for (const step of steps) {
    if (schema?.items) {
      name += `[${step}]`;
      rank.push(Number(step));
      schema = schema.items;
    } else {
      name += name === "" ? step : `.${step}`;
      const index = Object.keys(schema?.properties ?? {}).indexOf(step);
      rank.push(index < 0 ? LAST : index);
      schema = index < 0 ? undefined : schema?.properties?.[step];
    }
    value = (value as Record<string, unknown> | undefined)?.[step];
  }
  return { error, name, rank, schema, data: value };
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}

function compareRank(a: Located, b: Located): number {
  for (let i = 0; i < Math.max(a.rank.length, b.rank.length); i++) {
    const difference = (a.rank[i] ?? -1) - (b.rank[i] ?? -1);
    if (difference !== 0) return difference;
  }
  return 0;
}

function toCommandError({ error, name, schema, data }: Located): CommandError {
  switch (error.keyword) {
    case "required":
      return new CommandError("PARAMETER_MISSING", { name });
    case "additionalProperties":
      return new CommandError("PARAMETER_UNEXPECTED", { name });
    case "enum":
    case "alternate":
      if (typeof data === "string") return new CommandError("PARAMETER_VALUE", { name, value: data });
      return new CommandError("PARAMETER_TYPE", { name, expected: expectedType(schema, data) });
    case "uint64":
      return new CommandError("PARAMETER_INVALID", { name, reason: "expects uint64" });
    case "type":
    case "plain":
    case "int64":
    case "double":
    case "base64":
      return new CommandError("PARAMETER_TYPE", { name, expected: expectedType(schema, data) });
    default:
      return new CommandError("PARAMETER_INVALID", { name, reason: `does not satisfy '${error.keyword}' of its schema` });
  }
}

function expectedType(schema: SchemaNode | undefined, data: unknown): string {
  if (schema?.int64) return "integer";
  if (schema?.double) return "number";
  if (schema?.base64) return "string";
  if (schema?.alternate) return isNumber(data) && schema.alternate.types.includes("integer") ? "integer" : schema.alternate.name;
  return schema?.type ?? "another type";
}

/** A number that is no 64-bit integer: the alternate's integer branch refuses it, not the alternate. */
function isNumber(data: unknown): boolean {
  return typeof data === "bigint" || (typeof data === "object" && data !== null && "isDouble" in data);
}
