/**
 * Values on the channel between the agent and an isolated plugin: JSON, with a tag for what JSON lacks, and bytes and long texts beside it.
 * Not `v8.deserialize`: it would make any object that the other end likes (maps, regular expressions, errors, a huge list of a few bytes), and
 * nobody promises that it survives hostile bytes.
 */
import { failed } from "../../errors.ts";
import { LongString } from "../../protocol/long-string.ts";
import { Double } from "../../protocol/values.ts";
import { ProtocolError } from "./protocol-error.ts";

export type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** A JSON text, and what lies beside it. */
export interface Encoded {
  readonly text: string;
  readonly attachments: readonly Uint8Array[];
}

/** The member that says what an object stands for. */
const TAG = "$";
/** Texts from here on go beside the JSON: copied, and not escaped and parsed. */
const LONG_TEXT = 16 * 1024;
/** The largest request that the wire takes is 64 MiB; its texts have two bytes a character here. */
export const MAX_ATTACHED_BYTES = 144 * 1024 * 1024;
export const TOO_MUCH = "this is more data than goes to or from an isolated plugin in one message";
/** Deeper than any request can be. */
const MAX_DEPTH = 1100;
/** More than any integer of the wire has. */
const INTEGER = /^-?\d{1,40}$/;
const ODD_NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  "-Infinity": Number.NEGATIVE_INFINITY,
  "-0": -0,
};

/**
 * Plain data, `Uint8Array`, `bigint`, `Date` and the wire's own numbers and texts arrive as they were. Members that are undefined are left out;
 * what is no data (a function) becomes null, as in an answer.
 * @throws CommandError if it is nested too deep.
 */
export function encode(value: unknown): Encoded {
  const encoder = new Encoder();
  return { text: JSON.stringify(encoder.json(value, 0)), attachments: encoder.attachments };
}

class Encoder {
  readonly attachments: Uint8Array[] = [];
  #length = 0;

  json(value: unknown, depth: number): Json {
    switch (typeof value) {
      case "string":
        return value.length < LONG_TEXT ? value : this.#text(value);
      case "number":
        return Number.isFinite(value) && !Object.is(value, -0)
          ? value
          : { [TAG]: "number", value: Object.is(value, -0) ? "-0" : String(value) };
      case "bigint":
        return { [TAG]: "integer", value: String(value) };
      case "boolean":
        return value;
      case "object":
        return value === null ? null : this.#object(value, depth + 1);
      default:
        return null;
    }
  }

  #object(value: object, depth: number): Json {
    if (depth > MAX_DEPTH) throw failed(`a value is nested deeper than ${MAX_DEPTH} levels, or contains itself`);
    if (Array.isArray(value)) return Array.from(value, (item: unknown) => this.json(item, depth));
    if (value instanceof Uint8Array) return this.#bytes(value);
    if (value instanceof Date) return { [TAG]: "date", value: Number.isNaN(value.getTime()) ? null : value.getTime() };
    if (value instanceof Double) return { [TAG]: "double", value: this.json(value.value, depth) };
    if (value instanceof LongString) return this.json(value.text(), depth);
    const members: { [name: string]: Json } = {};
    for (const name of Object.keys(value)) {
      const member: unknown = (value as Record<string, unknown>)[name];
      if (member !== undefined) setMember(members, name, this.json(member, depth));
    }
    return Object.hasOwn(members, TAG) ? { [TAG]: "object", value: members } : members;
  }

  #text(text: string): Json {
    this.#reserve(text.length * 2);
    return this.#attach("text", Buffer.from(text, "utf16le"));
  }

  #bytes(bytes: Uint8Array): Json {
    this.#reserve(bytes.length);
    return this.#attach("bytes", bytes);
  }

  /** Before memory is taken for it. */
  #reserve(bytes: number): void {
    if (this.#length + bytes > MAX_ATTACHED_BYTES) throw failed(TOO_MUCH);
  }

  #attach(kind: string, bytes: Uint8Array): Json {
    const at = this.#length;
    this.#length += bytes.length;
    this.attachments.push(bytes);
    return { [TAG]: kind, at, length: bytes.length };
  }
}

/**
 * @param attached all that lay beside the text; bytes of the value are views of it.
 * @throws ProtocolError for what `encode` doesn't write.
 */
export function decode(text: string, attached: Uint8Array): unknown {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    throw new ProtocolError("a message is no JSON");
  }
  return decoded(json, attached, 0);
}

function decoded(json: Json, attached: Uint8Array, depth: number): unknown {
  if (typeof json !== "object" || json === null) return json;
  if (depth > MAX_DEPTH) throw new ProtocolError("a message is nested too deep");
  if (Array.isArray(json)) return json.map((item) => decoded(item, attached, depth + 1));
  if (!Object.hasOwn(json, TAG)) return decodedMembers(json, attached, depth);
  const { [TAG]: tag, value } = json;
  switch (tag) {
    case "number":
      if (typeof value === "string" && Object.hasOwn(ODD_NUMBERS, value)) return ODD_NUMBERS[value];
      break;
    case "integer":
      if (typeof value === "string" && INTEGER.test(value)) return BigInt(value);
      break;
    case "date":
      if (value === null || typeof value === "number") return new Date(value ?? Number.NaN);
      break;
    case "double": {
      const number = decoded(value ?? null, attached, depth + 1);
      if (typeof number === "number") return new Double(number);
      break;
    }
    case "bytes":
      return attachment(json, attached);
    case "text": {
      const bytes = attachment(json, attached);
      return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf16le");
    }
    case "object":
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return decodedMembers(value, attached, depth);
      break;
  }
  throw new ProtocolError("a message has a value of no known kind");
}

function decodedMembers(json: { [name: string]: Json }, attached: Uint8Array, depth: number): Record<string, unknown> {
  const members: Record<string, unknown> = {};
  for (const name of Object.keys(json)) setMember(members, name, decoded(json[name] ?? null, attached, depth + 1));
  return members;
}

function attachment({ at, length }: { [name: string]: Json }, attached: Uint8Array): Uint8Array {
  const inside = isCount(at) && isCount(length) && at + length <= attached.length;
  if (!inside) throw new ProtocolError("a message names bytes that it doesn't have");
  return new Uint8Array(attached.buffer, attached.byteOffset + at, length);
}

export function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A member may be called `__proto__`, which an assignment takes for something else. */
function setMember<T>(members: Record<string, T>, name: string, value: T): void {
  if (name !== "__proto__") members[name] = value;
  else Object.defineProperty(members, name, { value, enumerable: true, configurable: true, writable: true });
}
