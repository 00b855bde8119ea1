/** The tokens of one complete message to its value, or to the first error in reading order. */
import { UntracedError } from "../errors.ts";
import { LongString } from "./long-string.ts";
import { decodeString, lossyText, StringError } from "./string-decode.ts";
import { CLOSE_BRACE, CLOSE_BRACKET, COLON, COMMA, KEYWORD, NUMBER, OPEN_BRACE, OPEN_BRACKET, RawString, STRING } from "./tokens.ts";
import type { JsonObject, JsonValue } from "./values.ts";

/** Why the text is no JSON; `what` completes "JSON parse error, ". */
export class ParseError extends UntracedError {
  readonly what: string;

  constructor(what: string) {
    super(what);
    this.what = cut(what);
  }
}

/** The interface's texts end here, in bytes. */
const WHAT_LIMIT = 1023;

function cut(what: string): string {
  const bytes = Buffer.from(what);
  return bytes.length <= WHAT_LIMIT ? what : lossyText(bytes.subarray(0, WHAT_LIMIT));
}

export class Parser {
  private readonly types: readonly number[];
  private readonly values: readonly unknown[];
  private at = 0;

  /** Nesting is bounded by the framing, so the recursion is too. */
  constructor(types: readonly number[], values: readonly unknown[]) {
    this.types = types;
    this.values = values;
  }

  /** @throws ParseError */
  parse(): JsonValue {
    return this.value();
  }

  private value(): JsonValue {
    const at = this.at++;
    switch (this.types[at]) {
      case STRING:
        return stringValue(this.values[at]);
      case NUMBER:
        return this.values[at] as JsonValue;
      case KEYWORD:
        return keywordValue(this.values[at] as string);
      case OPEN_BRACE:
        return this.object();
      case OPEN_BRACKET:
        return this.array();
      default:
        throw new ParseError(at < this.types.length ? "expecting value" : "premature EOI");
    }
  }

  private object(): JsonObject {
    const object: JsonObject = {};
    if (this.accept(CLOSE_BRACE)) return object;
    do {
      const parsed = this.value();
      const key = parsed instanceof LongString ? parsed.text() : parsed;
      if (typeof key !== "string") throw new ParseError("key is not a string in object");
      if (!this.accept(COLON)) throw new ParseError("missing : in object pair");
      const value = this.value();
      if (Object.hasOwn(object, key)) throw new ParseError("duplicate key");
      // Assigning to this name would set the prototype and lose the member.
      if (key === "__proto__") Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
      else object[key] = value;
    } while (this.accept(COMMA));
    if (!this.accept(CLOSE_BRACE)) throw new ParseError("expected separator in dict");
    return object;
  }

  private array(): JsonValue[] {
    const array: JsonValue[] = [];
    if (this.accept(CLOSE_BRACKET)) return array;
    do array.push(this.value());
    while (this.accept(COMMA));
    if (!this.accept(CLOSE_BRACKET)) throw new ParseError("expected separator in list");
    return array;
  }

  private accept(type: number): boolean {
    if (this.types[this.at] !== type) return false;
    this.at++;
    return true;
  }
}

function stringValue(value: unknown): JsonValue {
  if (!(value instanceof RawString)) return value as string | LongString;
  const text = decodeString(value.bytes, value.quote);
  if (text instanceof StringError) throw new ParseError(text.what);
  return text;
}

function keywordValue(word: string): JsonValue {
  if (word === "true") return true;
  if (word === "false") return false;
  if (word === "null") return null;
  throw new ParseError(`invalid keyword '${word}'`);
}
