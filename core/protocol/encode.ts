/** Values to the text of an answer: one line, ASCII, with the separators that qemu-ga writes. */
import { LongString } from "./long-string.ts";
import { Double, formatDouble } from "./values.ts";

/** Bytes up to here become base64 within the text; longer ones are encoded as they are sent. */
const INLINE_BYTES = 12 * 1024;

/** Text of the answer, and between its pieces bytes that are still to be encoded as base64. */
export type AnswerPart = string | Uint8Array;

export class AnswerText {
  private text = "";
  private parts: AnswerPart[] | undefined;

  append(text: string): this {
    this.text += text;
    return this;
  }

  /** Any value that a command may return: plain data, `Uint8Array` for base64, `bigint`. Members that are undefined are left out. */
  value(value: unknown): this {
    switch (typeof value) {
      case "string":
        return this.append(encodeString(value));
      case "number":
        return this.append(Number.isInteger(value) ? integerText(value) : formatDouble(value));
      case "bigint":
        return this.append(value.toString());
      case "boolean":
        return this.append(value ? "true" : "false");
      case "object":
        return this.object(value);
      default:
        return this.append("null");
    }
  }

  /** @returns one string if nothing is left to be encoded. */
  finish(): string | AnswerPart[] {
    if (!this.parts) return this.text;
    this.parts.push(this.text);
    return this.parts;
  }

  private object(value: object | null): this {
    if (value === null) return this.append("null");
    if (Array.isArray(value)) return this.list(value);
    if (value instanceof Uint8Array) return this.bytes(value);
    if (value instanceof Double) return this.append(formatDouble(value.value));
    if (value instanceof LongString) return this.append(encodeString(value.text()));
    let separator = "{";
    for (const name of Object.keys(value)) {
      const member: unknown = (value as Record<string, unknown>)[name];
      if (member === undefined) continue;
      this.text += `${separator}${encodeString(name)}: `;
      this.value(member);
      separator = ", ";
    }
    return this.append(separator === "{" ? "{}" : "}");
  }

  private list(items: readonly unknown[]): this {
    this.text += "[";
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.text += ", ";
      this.value(items[i]);
    }
    return this.append("]");
  }

  private bytes(bytes: Uint8Array): this {
    if (bytes.length <= INLINE_BYTES) return this.append(`"${base64Text(bytes, 0, bytes.length)}"`);
    this.parts ??= [];
    this.parts.push(`${this.text}"`, bytes);
    this.text = '"';
    return this;
  }
}

export function base64Text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("base64");
}

function integerText(value: number): string {
  return Number.isSafeInteger(value) ? (Object.is(value, -0) ? "0" : String(value)) : formatDouble(value);
}

const PLAIN = /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/;
const SHORT_ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

export function encodeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that must be escaped.
  return `"${text.replace(/["\\\x00-\x1f\x7f-\uffff]/g, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  return short ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
}
