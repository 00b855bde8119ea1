/** From a request's arguments to what a command is handed: validated, bytes decoded, numbers plain. */
import { CommandError } from "../errors.ts";
import { decodeBase64, decodeLongBase64 } from "../protocol/base64.ts";
import { LongString } from "../protocol/long-string.ts";
import { Double, type JsonObject, type JsonValue } from "../protocol/values.ts";
import type { TObject, TSchema, WireKeywords } from "../schema.ts";
import { argumentError } from "./argument-errors.ts";
import type { Validator } from "./validators.ts";

type Convert = (value: JsonValue) => unknown;

/** Checks and converts the arguments of one command. */
export class ArgumentReader {
  private readonly schema: TObject | undefined;
  private readonly validator: Validator | undefined;
  /** The members that are not handed over as they came. */
  private readonly conversions: readonly (readonly [string, Convert])[];
  private readonly bytes: ReadonlySet<string>;

  constructor(schema: TObject | undefined, validator: Validator | undefined) {
    this.schema = schema;
    this.validator = validator;
    const properties = Object.entries((schema?.properties ?? {}) as Record<string, TSchema & WireKeywords>);
    this.bytes = new Set(properties.filter(([, member]) => member.base64).map(([name]) => name));
    this.conversions = properties.flatMap(([name, member]) => {
      const convert = conversion(member);
      return convert ? [[name, convert] as const] : [];
    });
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
    const converted: Record<string, unknown> = args;
    for (const [name, convert] of this.conversions) {
      const value = args[name];
      if (value !== undefined) converted[name] = convert(value);
    }
    return converted;
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

function conversion(schema: TSchema & WireKeywords): Convert | undefined {
  if (schema.base64) return toBytes;
  if (schema.double || isOpen(schema)) return plainNumbers;
  return undefined;
}

/** A schema that lets anything pass at some depth: doubles may be anywhere in it. */
function isOpen(schema: TSchema & { properties?: unknown; items?: unknown }): boolean {
  const { int64, alternate, type } = schema as WireKeywords & { type?: string };
  return !int64 && !alternate && type !== "string" && type !== "boolean";
}

function toBytes(value: JsonValue): Uint8Array {
  return value instanceof LongString ? decodeLongBase64(value) : decodeBase64(value as string);
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
