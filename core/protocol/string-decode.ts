/** From the bytes between a string's quotes to its text: escapes, UTF-8, and what of both is an error. */
import { isUtf8 } from "node:buffer";

/** The string is not one; `what` completes "JSON parse error, ". */
export class StringError {
  readonly what: string;

  constructor(what: string) {
    this.what = what;
  }
}

const INVALID_UTF8 = new StringError("invalid UTF-8 sequence in string");
const INVALID_ESCAPE = new StringError("invalid escape sequence in string");

const NONCHARACTER = /\p{Noncharacter_Code_Point}/u;
const BACKSLASH = 0x5c;
const OVERLONG_NUL = Buffer.of(0xc0, 0x80);

const SHORT_ESCAPES = new Map<number, string>([
  [0x22, '"'],
  [0x27, "'"],
  [0x2f, "/"],
  [0x5c, "\\"],
  [0x62, "\b"],
  [0x66, "\f"],
  [0x6e, "\n"],
  [0x72, "\r"],
  [0x74, "\t"],
]);
const U = 0x75;

/**
 * @param bytes what stands between the quotes.
 * @param quote the closing quote's byte: a \u escape that is cut short is reported with it.
 */
export function decodeString(bytes: Buffer, quote: number): string | StringError {
  const parts: string[] = [];
  let start = 0;
  for (;;) {
    const backslash = bytes.indexOf(BACKSLASH, start);
    const plain = decodePlain(backslash < 0 ? bytes.subarray(start) : bytes.subarray(start, backslash));
    if (plain instanceof StringError) return plain;
    parts.push(plain);
    if (backslash < 0) return parts.length === 1 ? plain : parts.join("");
    const escaped = bytes[backslash + 1] ?? 0;
    if (escaped === U) {
      const decoded = decodeUnicodeEscape(bytes, backslash, quote);
      if (decoded instanceof StringError) return decoded;
      parts.push(decoded);
      start = backslash + (decoded.length === 2 ? 12 : 6);
    } else {
      const character = SHORT_ESCAPES.get(escaped);
      if (character === undefined) return INVALID_ESCAPE;
      parts.push(character);
      start = backslash + 2;
    }
  }
}

/** Text without escapes. Noncharacters are refused; overlong C0 80 is taken as U+0000, as Java and QEMU write it. */
function decodePlain(bytes: Buffer): string | StringError {
  const text = isUtf8(bytes) ? bytes.toString("utf8") : decodeOverlong(bytes);
  return text === undefined || NONCHARACTER.test(text) ? INVALID_UTF8 : text;
}

function decodeOverlong(bytes: Buffer): string | undefined {
  const parts: string[] = [];
  for (let start = 0; ; ) {
    const nul = bytes.indexOf(OVERLONG_NUL, start);
    const part = bytes.subarray(start, nul < 0 ? bytes.length : nul);
    if (!isUtf8(part)) return undefined;
    parts.push(part.toString("utf8"));
    if (nul < 0) return parts.join("\0");
    start = nul + OVERLONG_NUL.length;
  }
}

/** At a `\u`: one UTF-16 unit, or two escapes that are a surrogate pair. */
function decodeUnicodeEscape(bytes: Buffer, at: number, quote: number): string | StringError {
  const first = hexUnit(bytes, at);
  if (first === undefined) {
    const shown = Buffer.concat([bytes.subarray(at, at + 6), Buffer.of(quote)]).subarray(0, 6);
    return new StringError(`${lossyText(shown)} is not a valid Unicode character`);
  }
  const spelled = bytes.toString("latin1", at, at + 6);
  if (first >= 0xd800 && first <= 0xdbff) {
    const second = bytes[at + 6] === BACKSLASH && bytes[at + 7] === U ? hexUnit(bytes, at + 6) : undefined;
    if (second === undefined || second < 0xdc00 || second > 0xdfff) return notACharacter(spelled);
    const pair = String.fromCharCode(first, second);
    return NONCHARACTER.test(pair) ? notACharacter(bytes.toString("latin1", at, at + 12)) : pair;
  }
  const character = String.fromCharCode(first);
  if ((first >= 0xdc00 && first <= 0xdfff) || NONCHARACTER.test(character)) return notACharacter(spelled);
  return character;
}

function notACharacter(spelled: string): StringError {
  return new StringError(`${spelled} is not a valid Unicode character`);
}

function hexUnit(bytes: Buffer, at: number): number | undefined {
  const digits = bytes.toString("latin1", at + 2, at + 6);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

/** Continuation bytes that a lead byte claims, of the old forms of up to six bytes too. */
function claimed(lead: number): number {
  if (lead >= 0xc0 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  if (lead >= 0xf0 && lead <= 0xf7) return 3;
  if (lead >= 0xf8 && lead <= 0xfb) return 4;
  return lead >= 0xfc && lead <= 0xfd ? 5 : 0;
}

/** Bytes as an error shows them: each sequence that is no character is one U+FFFD. */
export function lossyText(bytes: Buffer): string {
  let text = "";
  for (let i = 0; i < bytes.length; ) {
    const lead = bytes[i] ?? 0;
    let end = i + 1;
    for (let left = claimed(lead); left > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80; left--) end++;
    const decoded = decodePlain(bytes.subarray(i, end));
    text += decoded instanceof StringError ? "\ufffd" : decoded;
    i = end;
  }
  return text;
}
