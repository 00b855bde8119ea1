/**
 * The vocabulary in which a command declares its arguments and its result: JSON Schema built with TypeBox, plus the types of the
 * guest agent's wire that JSON Schema lacks. One declaration gives the TypeScript type, the validator and the documentation.
 */
import type { TObject, TProperties, TSchema, TUnsafe } from "typebox";
import { Boolean as Bool, Array as List, Literal, Object as Obj, Optional, String as Str, Union, Unsafe } from "typebox";

export type { Static, TObject, TSchema } from "typebox";

/** An integer of the wire: a `number` where that is exact, a `bigint` beyond. */
export type Int64Value = number | bigint;

/**
 * What a text means to the admin's rules: `path` of a file, `program` to be started, `environment` of that program ("NAME=value"). Rules on
 * paths and programs apply only to arguments that say so, and a command whose program is ruled takes no environment without a rule for it.
 */
export type Role = "path" | "program" | "environment";

/** What a declaration says beside the type. */
export interface Notes {
  readonly description?: string;
  readonly role?: Role;
  readonly secret?: true;
  /** What the command takes where nothing is given, for the admin's rules and the documentation; the command itself applies it. */
  readonly default?: string | number | boolean;
}

/** The keywords by which validation, conversion and documentation know the wire's own types. */
export interface WireKeywords {
  readonly int64?: true;
  readonly uint64?: true;
  readonly double?: true;
  readonly base64?: true;
  /** An object of the request's, and not one that stands for a number. */
  readonly plain?: true;
  /** What the value means to the admin's rules. */
  readonly role?: Role;
  /** Never shown, logged or audited. */
  readonly secret?: true;
  readonly alternate?: { readonly name: string; readonly types: readonly ("integer" | "boolean")[]; readonly values: readonly string[] };
}

/** Signed 64-bit integer, exact over its whole range. */
function Int64(options: Notes = {}): TUnsafe<Int64Value> {
  return Unsafe<Int64Value>({ ...options, int64: true });
}

/**
 * Unsigned 64-bit integer, exact over its whole range. The interface takes a negative argument for what C makes of it: -1 arrives as
 * 18446744073709551615.
 */
function Uint64(options: Notes = {}): TUnsafe<Int64Value> {
  return Unsafe<Int64Value>({ ...options, uint64: true });
}

/** Any number; a `number`, whatever its spelling. */
function Double(options: Notes = {}): TUnsafe<number> {
  return Unsafe<number>({ ...options, double: true });
}

/**
 * Bytes, sent as base64. A command is handed the decoded bytes and returns bytes; the edge does the rest.
 * The bytes of an argument are valid until the command has answered: copy what has to live longer.
 */
function Base64(options: Notes = {}): TUnsafe<Uint8Array> {
  return Unsafe<Uint8Array>({ ...options, base64: true });
}

/** One of a fixed set of strings. */
function Enum<const V extends readonly string[]>(values: V, options: Notes = {}): TUnsafe<V[number]> {
  return Unsafe<V[number]>({ ...options, type: "string", enum: [...values] });
}

/**
 * A value that may be of another JSON type, or one of some names (qemu-ga's "alternate").
 * @param name the interface's name of the type; a value of any other JSON type is refused with it.
 */
function Alternate<const T extends readonly ("integer" | "boolean")[], const V extends readonly string[]>(
  name: string,
  types: T,
  values: V,
  options: Notes = {},
): TUnsafe<V[number] | ("integer" extends T[number] ? Int64Value : never) | ("boolean" extends T[number] ? boolean : never)> {
  return Unsafe({ ...options, alternate: { name, types, values } });
}

/** An object whose members are all known: what is not declared is refused. */
function ClosedObject<P extends TProperties>(properties: P, options: Notes = {}): TObject<P> {
  return Obj(properties, { ...options, additionalProperties: false, plain: true });
}

/** The builders, under the names that TypeBox gives them, with the wire's own beside. */
export const Type = {
  Object: ClosedObject,
  Array: <T extends TSchema>(items: T, options: Notes = {}) => List(items, { ...options }),
  String: (options: Notes = {}) => Str({ ...options }),
  Boolean: (options: Notes = {}) => Bool({ ...options }),
  Number: Double,
  Optional,
  Literal,
  Union,
  Unsafe,
  Int64,
  Uint64,
  Base64,
  Enum,
  Alternate,
};
