/** From a request's arguments to what a command is handed: validated, bytes decoded, numbers plain. */
import { CommandError } from "../errors.ts";
import { decodeBase64, decodeLongBase64 } from "../protocol/base64.ts";
import { LongString } from "../protocol/long-string.ts";
import { Double, type JsonObject, type JsonValue } from "../protocol/values.ts";
import type { TObject, WireKeywords } from "../schema.ts";
import { argumentError } from "./argument-errors.ts";
import type { Validator } from "./validators.ts";

type Convert = (value: JsonValue) => unknown;

/** What of a schema decides how a value is handed over. */
interface SchemaNode extends WireKeywords {
  readonly type?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly items?: SchemaNode;
}

/** Checks and converts the arguments of one command. */
export class ArgumentReader {
  private readonly schema: TObject | undefined;
  private readonly validator: Validator | undefined;
  private readonly convert: Convert | undefined;
  /** The members that are bytes. */
  private readonly bytes: ReadonlySet<string>;

  constructor(schema: TObject | undefined, validator: Validator | undefined) {
    const node: SchemaNode = schema ?? {};
    this.schema = schema;
    this.validator = validator;
    this.convert = schema && conversion(node);
    this.bytes = new Set(Object.keys(node.properties ?? {}).filter((name) => node.properties?.[name]?.base64));
  }

  /**
   * @param lent whether the request has strings that came as bytes.
   * @throws CommandError naming the member that is wrong.
   */
  read(args: JsonObject, lent: boolean): Record<string, unknown> {
    if (lent) this.spellOut(args);
    if (!this.schema || !this.validator) {
      for (const name in args) throw new CommandError("PARAMETER_UNEXPECTED", { name });
      return args;
    }
    if (!this.validator(args)) throw argumentError(this.schema, args, this.validator.errors ?? []);
    this.convert?.(args);
    return args;
  }

  /** Whatever is not declared as bytes is text, however long. */
  private spellOut(args: JsonObject): void {
    for (const name of Object.keys(args)) {
      const value = args[name] as JsonValue;
      if (!(value instanceof LongString && this.bytes.has(name))) args[name] = text(value);
    }
  }
}

function text(value: JsonValue): JsonValue {
  if (value instanceof LongString) return value.text();
  if (Array.isArray(value)) return value.map(text);
  if (typeof value === "object" && value !== null && !(value instanceof Double)) {
    for (const name of Object.keys(value)) value[name] = text(value[name] as JsonValue);
  }
  return value;
}

/** @returns undefined where values are handed over as they came. Lists and objects are changed in place. */
function conversion(schema: SchemaNode): Convert | undefined {
  if (schema.base64) return toBytes;
  if (schema.uint64) return toUnsigned;
  if (schema.int64 || schema.alternate || schema.type === "string" || schema.type === "boolean") return undefined;
  if (schema.type === "array" && schema.items) return ofItems(conversion(schema.items));
  if (schema.type === "object" && schema.properties) return ofMembers(schema.properties);
  // A number, or anything at all: doubles may be anywhere in it.
  return plainNumbers;
}

function ofItems(convert: Convert | undefined): Convert | undefined {
  return convert && ((value) => (value as JsonValue[]).map(convert));
}

function ofMembers(properties: Readonly<Record<string, SchemaNode>>): Convert | undefined {
  const conversions = Object.entries(properties).flatMap(([name, member]) => {
    const convert = conversion(member);
    return convert ? [[name, convert] as const] : [];
  });
  if (conversions.length === 0) return undefined;
  return (value) => {
    const members = value as Record<string, unknown>;
    for (const [name, convert] of conversions) {
      if (Object.hasOwn(members, name)) members[name] = convert(members[name] as JsonValue);
    }
    return members;
  };
}

function toBytes(value: JsonValue): Uint8Array {
  return value instanceof LongString ? decodeLongBase64(value) : decodeBase64(value as string);
}

/** Negative numbers wrap around, as they do in C. */
function toUnsigned(value: JsonValue): JsonValue {
  return (value as number | bigint) < 0 ? BigInt.asUintN(64, BigInt(value as number | bigint)) : value;
}

function plainNumbers(value: JsonValue): unknown {
  if (value instanceof Double) return value.value;
  if (Array.isArray(value)) return value.map(plainNumbers);
  if (typeof value === "object" && value !== null && !(value instanceof LongString)) {
    const plain: Record<string, unknown> = value;
    for (const [name, member] of Object.entries(value)) plain[name] = plainNumbers(member);
  }
  return value;
}
