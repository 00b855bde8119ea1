/** What of a request's arguments may be kept: by declaration, no secret and no content; by size, the beginning of each. */
import type { TObject, WireKeywords } from "../schema.ts";

/** What of a schema decides what is shown of a value. */
interface SchemaNode extends WireKeywords {
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** A value as the record has it. */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [name: string]: Plain };

/** How much is shown: characters of a text, items of a list or members of an object. */
export interface Limits {
  readonly text: number;
  readonly items: number;
}

export const LIMITS: Limits = { text: 256, items: 20 };
const SECRET = "(secret)";
const HIDDEN: SchemaNode = { secret: true };
/** Values of one request that are looked at, whatever their nesting. */
const MAX_VALUES = 200;
const MAX_DEPTH = 6;

/** @param args valid, as the command is handed them. */
export function redacted(schema: TObject | undefined, args: Readonly<Record<string, unknown>>): Plain {
  return new Redaction().value(schema as SchemaNode | undefined, args, 0);
}

class Redaction {
  #left = MAX_VALUES;

  value(schema: SchemaNode | undefined, value: unknown, depth: number): Plain {
    if (schema?.role === "environment") return names(value);
    if (schema?.secret) return SECRET;
    if (value instanceof Uint8Array) return { bytes: value.length };
    if (--this.#left < 0 || depth > MAX_DEPTH) return "…";
    const { items, properties } = schema ?? {};
    if (items && Array.isArray(value)) return list(value, LIMITS.items, (item) => this.value(items, item, depth + 1));
    // Where the declaration doesn't tell which part of a value is secret or content, all of it is.
    const rest = hides(schema) ? HIDDEN : undefined;
    if (rest && !properties) return SECRET;
    if (Array.isArray(value)) return list(value, LIMITS.items, (item) => this.value(rest, item, depth + 1));
    if (typeof value !== "object" || value === null) return scalar(value);
    return object(value as Record<string, unknown>, LIMITS.items, (name, member) =>
      this.value(properties?.[name] ?? rest, member, depth + 1),
    );
  }
}

/** Cuts what is plain already. */
export function shortened(value: Plain, limits: Limits): Plain {
  if (typeof value === "string") return cut(value, limits.text);
  if (isList(value)) return list(value, limits.items, (item) => shortened(item, limits));
  if (typeof value === "object" && value !== null) return object(value, limits.items, (_, member) => shortened(member, limits));
  return value;
}

/** The beginning of a text, with a mark where something is missing. */
export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (${text.length} characters)`;
}

function scalar(value: unknown): Plain {
  if (typeof value === "string") return cut(value, LIMITS.text);
  if (typeof value === "number" || typeof value === "boolean" || value === null) return value;
  // JSON's readers have no more than 53 bits of a number.
  return typeof value === "bigint" ? String(value) : `(${typeof value})`;
}

function list<T>(items: readonly T[], limit: number, shown: (item: T) => Plain): Plain {
  const first = items.slice(0, limit).map(shown);
  return items.length > limit ? [...first, `… (${items.length} items)`] : first;
}

function object<T>(value: Readonly<Record<string, T>>, limit: number, shown: (name: string, member: T) => Plain): Plain {
  const members = Object.entries(value);
  const first = members.slice(0, limit).map(([name, member]) => [cut(name, LIMITS.text), shown(name, member)] as const);
  if (members.length > limit) first.push(["…", `(${members.length} members)`]);
  return Object.fromEntries(first);
}

/** Of `NAME=value` the name: values of an environment are where programs are told passwords. */
function names(value: unknown): Plain {
  const variable = (text: unknown) => cut(typeof text === "string" && text.includes("=") ? `${text.split("=", 1)[0]}=…` : "…", LIMITS.text);
  return Array.isArray(value) ? list(value, LIMITS.items, variable) : variable(value);
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}

const hiding = new WeakMap<object, boolean>();

/** Whether there is a secret or content anywhere in the declaration. */
function hides(schema: SchemaNode | undefined): boolean {
  if (schema === undefined) return false;
  let found = hiding.get(schema);
  if (found === undefined) {
    found = /"(?:secret|base64)":true|"role":"environment"/.test(JSON.stringify(schema));
    hiding.set(schema, found);
  }
  return found;
}
