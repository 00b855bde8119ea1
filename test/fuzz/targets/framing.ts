/** Bytes of a client to messages, and answers back to bytes. */

import { CommandError } from "../../../core/errors.ts";
import { decodeBase64, decodeLongBase64 } from "../../../core/protocol/base64.ts";
import { AnswerText, base64Text } from "../../../core/protocol/encode.ts";
import { Framing } from "../../../core/protocol/framing.ts";
import { LongString } from "../../../core/protocol/long-string.ts";
import type { JsonValue } from "../../../core/protocol/values.ts";
import { holds, same } from "../engine/failure.ts";
import type { Grammar } from "../engine/grammar.ts";
import { Random, seedOf } from "../engine/random.ts";
import type { Target } from "../engine/target.ts";

export const JSON_WORDS = [
  ..."{ } [ ] , : \" ' \\ - . e E + true false null nul \t \n \r \xff \xfe \0 \x1f \x7f \x80 \xc0\x80 \xed\xa0\x80 \xef\xbf\xbe".split(" "),
  ..."\xf4\x90\x80\x80 \xc3\xa9 \xf0\x9f\x98\x80 \\u0000 \\ud83d \\ude00 \\ud83d\\ude00 \\uFFFE \\u12 \\n \\q \\\\ \\/".split(" "),
  ...'{"execute":"guest-ping"} "execute" "arguments" "id" "__proto__" "guest-ping" "guest-sync" "guest-sync-delimited"'.split(" "),
  ..."-0 1.5 1e400 1E+3 1e 01 .5 9223372036854775808 18446744073709551616 -9223372036854775809".split(" "),
];

export const JSON_GRAMMAR: Grammar = {
  start: ["<request>", "<request><request>", "<value>", "<request>\n<value>", "\xff<request>"],
  request: [
    '{"execute":"<command>"}',
    '{"execute":"<command>","arguments":<object>}',
    '{"execute":"<command>","arguments":{"id":<number>},"id":<value>}',
  ],
  command: ["guest-ping", "guest-sync", "guest-sync-delimited", "guest-fsfreeze-status", "guest-file-close", "guest-file-seek", "nope", ""],
  value: ["<number>", "<string>", "<object>", "[<list>]", "true", "false", "null"],
  list: ["", "<value>", "<value>,<list>"],
  object: ["{}", "{<members>}"],
  members: ["<member>", "<member>,<members>"],
  member: ["<string>:<value>", '"id":<number>', '"handle":<number>', '"offset":<number>', '"whence":<value>', '"__proto__":<value>'],
  string: ['"<text>"', "'<text>'"],
  text: ["", "a<text>", "\\u00<hex><hex><text>", "\\ud83d\\ude00<text>", "\xc3\xa9<text>", "\\n<text>", "<base><base><text>"],
  hex: ["0", "4", "a", "F"],
  base: ["QUJD", "aGVsbG8h", "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD"],
  number: ["0", "-1", "<digits>", "-<digits>", "<digits>.<digits>", "<digits>e<digits>", "9007199254740993", "18446744073709551615"],
  digits: ["1", "0", "9<digits>", "27<digits>"],
};

const LONG_BASE64 = Buffer.alloc(9000, "lodger").toString("base64");

export const FRAMING: Target = {
  name: "framing",
  covers: ["core/protocol/"],
  seeds: [
    '{"execute":"guest-ping"}',
    '\xff{"execute":"guest-sync","arguments":{"id":9007199254740993}}\n',
    '{"execute":"x","arguments":{"a":[1,-2.5e3,"\\u00e9",true,null,{"b":[]}]},"id":{"c":\'d\'}}',
    '"lone" 12 ]',
    '{"execute":"guest-pi\xff{"a":1}',
    `{"a":"${LONG_BASE64}"}`,
    `{"a":"${LONG_BASE64.slice(0, 5000)}!","b":"${LONG_BASE64.slice(0, 6001)}=="}`,
    "[".repeat(1030),
    `[${"9".repeat(500)}]`,
  ],
  words: JSON_WORDS,
  grammar: JSON_GRAMMAR,
  maxBytes: 6000,
  bounded: 1000,
  run(input) {
    const whole = messages([input]);
    same(whole, messages(pieces(input)), "the same messages however the bytes are split");
    if (input.length < 600) same(whole, messages(Array.from(input, (byte) => Buffer.of(byte))), "the same messages byte by byte");
    for (const message of whole) if (!message.startsWith("error ")) survivesEncoding(message);
    agreesWithJson(input, whole);
    return whole
      .map((message) => (message.startsWith("error ") ? message.replace(/'.*/s, "") : "value"))
      .slice(0, 3)
      .join();
  },
};

/** Each message as one text: its error, or its value as it would be sent back. */
function messages(chunks: readonly Uint8Array[]): string[] {
  const texts: string[] = [];
  const framing = new Framing(({ value, error, lent }) => {
    texts.push(error === undefined ? sent(value ?? null) : `error ${error.message}`);
    for (const string of lent) string.release();
  });
  for (const chunk of chunks) framing.push(chunk);
  framing.close();
  return texts;
}

export function sent(value: JsonValue): string {
  const text = new AnswerText().value(value).finish();
  if (typeof text === "string") return text;
  return text.map((part) => (typeof part === "string" ? part : base64Text(part, 0, part.length))).join("");
}

export function pieces(input: Buffer): Buffer[] {
  const random = new Random(seedOf(input));
  const parts: Buffer[] = [];
  for (let at = 0; at < input.length; ) {
    const size = 1 + random.below(random.oneIn(3) ? 5000 : 12);
    parts.push(input.subarray(at, at + size));
    at += size;
  }
  return parts;
}

function survivesEncoding(text: string): void {
  holds(/^[\x20-\x7e]*$/.test(text), "an answer is printable ASCII", () => text);
  if (!/^[[{]/.test(text)) return;
  const [again, ...more] = messages([Buffer.from(text, "latin1")]);
  // A Double that has become an integer's text reads back as one, and deeper nesting isn't read.
  same(again, text, "an answer reads back as it was");
  holds(more.length === 0, "an answer is one message");
}

/** What strict JSON understands as one object or list, this understands the same way, if it does. */
function agreesWithJson(input: Buffer, whole: readonly string[]): void {
  const [message] = whole;
  if (whole.length !== 1 || message === undefined || message.startsWith("error ")) return;
  let expected: unknown;
  try {
    expected = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input));
  } catch {
    return;
  }
  same(canonical(JSON.parse(message)), canonical(expected), "the value is the one that JSON has");
}

/** Members in one order, and numbers as doubles. */
function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return Object.is(value, -0) ? 0 : value;
  return Object.entries(value)
    .map(([name, member]): unknown => [name, canonical(member)])
    .sort();
}

export const BASE64: Target = {
  name: "base64",
  covers: ["core/protocol/base64.ts", "core/protocol/long-string.ts", "core/protocol/string-reader.ts"],
  seeds: [
    "",
    "QQ==",
    "QUI=",
    "QUJD",
    "QQ==QUJD",
    "Q\nQ=\n=",
    "Q=Q=",
    "====",
    "QUJDR",
    "+/-_",
    LONG_BASE64,
    `${LONG_BASE64.slice(0, 4100)}==QQ`,
  ],
  words: ["=", "==", "\n", "A", "+/", "-_", "QUJD", " ", "\r\n", LONG_BASE64.slice(0, 4096)],
  maxBytes: 6000,
  bounded: 1000,
  run(input) {
    const text = input.toString("latin1").replace(/[^\n\x20-\x21\x23-\x5b\x5d-\x7e]/g, "");
    const short = decoded(text, decodeBase64);
    same(short, reference(text), "decoded as GLib does");
    // The same text in a request, split somewhere: long ones are decoded as they arrive.
    const request = Buffer.from(`["${text.replaceAll("\n", "\\n")}"]`, "latin1");
    const framing = new Framing(({ value, lent }) => {
      const [string] = value as JsonValue[];
      holds(typeof string === "string" || string instanceof LongString, "a text stays a text");
      const bytes = typeof string === "string" ? decoded(string, decodeBase64) : decoded(string, decodeLongBase64);
      same(bytes, short, "the same bytes however long the text and however it is split");
      same(typeof string === "string" ? string : string.text(), text, "the same text however long it is");
      for (const each of lent) each.release();
    });
    for (const piece of pieces(request)) framing.push(piece);
    return short.startsWith("error") ? short : String((short.length / 2) % 3);
  },
};

function decoded<T>(value: T, decode: (value: T) => Buffer): string {
  try {
    return decode(value).toString("hex");
  } catch (error) {
    if (error instanceof CommandError) return `error ${error.message}`;
    throw error;
  }
}

/** The documented rules once more, as plainly as can be: groups of four, `=` stands for no byte. */
function reference(text: string): string {
  if (/[^A-Za-z0-9+/=\n]/.test(text)) return "error Base64 data contains invalid characters";
  const characters = text.replaceAll("\n", "");
  let hex = "";
  for (let at = 0; at + 4 <= characters.length; at += 4) {
    const group = [...characters.slice(at, at + 4)];
    const bits = group.reduce((sum, character) => sum * 64 + Math.max(0, ALPHABET.indexOf(character)), 0);
    const bytes = [bits >> 16, (bits >> 8) & 255, bits & 255].map((byte) => byte.toString(16).padStart(2, "0"));
    hex += bytes[0];
    if (group[2] !== "=") hex += bytes[1];
    if (group[3] !== "=") hex += bytes[2];
  }
  return hex;
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
