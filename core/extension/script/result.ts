/** What a script has printed -> what its command answers, held to what its manifest says of it. */
import type { TSchema, WireKeywords } from "../../schema.ts";

/** Why the output can't be answered; completes "Command NAME failed: ". */
export class BadOutput extends Error {
  override readonly name = "BadOutput";
}

interface Node extends WireKeywords {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly required?: readonly string[];
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;
/** Clients have a limit of their own. */
const MAX_DEPTH = 256;
const MAX_DIGITS = 24;

/** One JSON text, as the standard has it; integers are exact. @throws BadOutput */
export function parseOutput(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BadOutput("its output is not UTF-8; bytes are printed as base64");
  }
  if (text.trim() === "") throw new BadOutput("its output is empty: it has to print one JSON value, {} if there is nothing to say");
  try {
    return JSON.parse(text, exact);
  } catch (error) {
    if (error instanceof RangeError) throw new BadOutput("its output is nested too deeply");
    throw new BadOutput(`its output is not one JSON value${withoutText((error as Error).message)}`);
  }
}

/** The parser's message may end in a piece of what it was given, which may be secret. */
function withoutText(message: string): string {
  const what = message.replace(/(^|, )(\.\.\.)?".*$/s, "");
  return what === "" ? "" : `: ${what}`;
}

/** @param context has the number as it was written. */
function exact(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? "";
  // BigInt takes quadratic time, and so many digits are in no range.
  return /^-?\d+$/.test(source) && source.length <= MAX_DIGITS ? BigInt(source) : value;
}

/**
 * @param schema without it, any object is taken.
 * @returns the value with its bytes decoded, and nothing but what is declared. @throws BadOutput
 */
export function resultOf(value: unknown, schema: TSchema | undefined): unknown {
  if (schema !== undefined) return converted(value, schema, "its output");
  if (!isObject(value)) throw new BadOutput("its output has to be an object: {…}");
  checkAny(value, 0);
  return value;
}

function converted(value: unknown, schema: Node, name: string): unknown {
  if (schema.base64) return decoded(value, name);
  if (schema.int64) return integer(value, name);
  if (schema.double) return number(value, name);
  if (schema.enum) return oneOf(value, schema.enum, name);
  if (schema.type === "array" && schema.items) return list(value, schema.items, name);
  if (schema.type === "object") return object(value, schema, name);
  if (typeof value !== schema.type) throw expected(name, schema.type === "string" ? "a string" : "true or false");
  return value;
}

function decoded(value: unknown, name: string): Uint8Array {
  if (typeof value !== "string") throw expected(name, "a string with base64");
  const text = value.replace(/[\r\n]/g, "");
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw expected(name, "base64");
  return Buffer.from(text, "base64");
}

function integer(value: unknown, name: string): number | bigint {
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  if (typeof value === "bigint" && value >= INT64_MIN && value <= INT64_MAX) return value;
  throw expected(name, "an integer of 64 bits");
}

function number(value: unknown, name: string): number {
  const plain = typeof value === "bigint" ? Number(value) : value;
  if (typeof plain !== "number" || !Number.isFinite(plain)) throw expected(name, "a number");
  return plain;
}

function oneOf(value: unknown, values: readonly string[], name: string): string {
  if (typeof value === "string" && values.includes(value)) return value;
  throw expected(name, `one of ${values.map((known) => JSON.stringify(known)).join(", ")}`);
}

function list(value: unknown, items: Node, name: string): unknown[] {
  if (!Array.isArray(value)) throw expected(name, "a list: […]");
  return value.map((item: unknown, index) => converted(item, items, `${name}[${index}]`));
}

function object(value: unknown, { properties = {}, required = [] }: Node, name: string): Record<string, unknown> {
  if (!isObject(value)) throw expected(name, "an object: {…}");
  const unknown = Object.keys(value).find((key) => !Object.hasOwn(properties, key));
  if (unknown !== undefined) throw new BadOutput(`${member(name, unknown)} is not declared in its manifest`);
  const result: Record<string, unknown> = {};
  for (const [key, schema] of Object.entries(properties)) {
    const found = Object.hasOwn(value, key) ? value[key] : undefined;
    // Many languages print what isn't there as null.
    if (found !== undefined && (found !== null || required.includes(key))) result[key] = converted(found, schema, member(name, key));
    else if (required.includes(key)) throw new BadOutput(`${member(name, key)} is missing`);
  }
  return result;
}

/** What the answer could not carry. */
function checkAny(value: unknown, depth: number): void {
  if (depth > MAX_DEPTH) throw new BadOutput("its output is nested too deeply");
  if (typeof value === "number" && !Number.isFinite(value)) throw new BadOutput("its output has a number that is too large");
  if (typeof value === "bigint" && (value < INT64_MIN || value > UINT64_MAX))
    throw new BadOutput("its output has an integer beyond 64 bits");
  if (typeof value !== "object" || value === null) return;
  for (const item of Object.values(value)) checkAny(item, depth + 1);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** "its output's a.b" */
function member(name: string, key: string): string {
  return name === "its output" ? `its output's ${key}` : `${name}.${key}`;
}

function expected(name: string, what: string): BadOutput {
  return new BadOutput(`${name} has to be ${what}`);
}
