/**
 * base64 as qemu-ga reads it: newlines are allowed, other characters are an error, an incomplete last group is dropped, and a `=` in
 * the middle ends a group without ending the text.
 */
import { CommandError } from "../errors.ts";
import type { LongString } from "./long-string.ts";

const FOREIGN = /[^A-Za-z0-9+/=\n]/;
const PADDED_AT_END = /^[^=]*={0,2}$/;

/** @throws CommandError for characters that are not base64's. */
export function decodeBase64(text: string): Buffer {
  if (FOREIGN.test(text)) throw new CommandError("BASE64_INVALID");
  const joined = text.includes("\n") ? text.replaceAll("\n", "") : text;
  const whole = joined.slice(0, joined.length & ~3);
  return PADDED_AT_END.test(whole) ? Buffer.from(whole, "base64") : decodeGroups(whole);
}

/** @throws CommandError for characters that are not base64's. */
export function decodeLongBase64(string: LongString): Buffer {
  return string.withTail(decodeBase64(string.tail));
}

/** With `=` where none belongs: it counts as zero bits, and the byte is dropped that would end with it. */
function decodeGroups(text: string): Buffer {
  const out: number[] = [];
  for (let at = 0; at < text.length; at += 4) {
    const [first = 0, second = 0, third = 0] = Buffer.from(text.slice(at, at + 4).replaceAll("=", "A"), "base64");
    out.push(first);
    if (text[at + 2] !== "=") out.push(second);
    if (text[at + 3] !== "=") out.push(third);
  }
  return Buffer.from(out);
}
