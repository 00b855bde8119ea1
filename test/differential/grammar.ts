/** Token soups: almost JSON, in every way that one comes to think of. */
import fc from "fast-check";

/** Only commands that do nothing. */
const COMMANDS = [
  "guest-ping",
  "guest-sync",
  "guest-sync-delimited",
  "guest-fsfreeze-status",
  "guest-file-close",
  "guest-file-seek",
  "nope",
  "",
];
const KEYS = ["execute", "arguments", "id", "handle", "offset", "whence", "exec-oob", "control", "x", ""];
const PIECES = [
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  '"',
  "'",
  "\\",
  "-",
  "0",
  "1",
  ".",
  "e",
  "+",
  "true",
  "null",
  "nul",
  " ",
  "\t",
  "\n",
  "\r",
  "\xff",
  "\xfe",
  "\0",
  "\x01",
  "\x1f",
  "\x7f",
  "\x80",
  "\xc0",
  "\xc3\xa9",
  "%",
  "/",
  "\\u",
  "\\u00e9",
  "\\ud83d",
  "\\ude00",
  "\\uFFFE",
  "\\n",
  "\\q",
];
const CHARACTERS = [
  "a",
  "Z",
  "0",
  " ",
  "/",
  "'",
  '"',
  "\\\\",
  '\\"',
  "\\'",
  "\\n",
  "\\u0041",
  "\\u0000",
  "\\ud83d\\ude00",
  "\\ud83d",
  "\\uDE00",
  "\\ufdd0",
  "\\u12",
  "\\x",
  "\x7f",
  "\xc3\xa9",
  "\xe2\x82\xac",
  "\xf0\x9f\x98\x80",
  "\xc0\x80",
  "\xed\xa0\x80",
  "\xef\xbf\xbe",
  "\xc3",
  "\x80",
  "\xf4\x90\x80\x80",
  "\x09",
  "\x01",
  "\xff",
];
const NUMBERS = [
  "0",
  "-0",
  "1",
  "-1",
  "00",
  "01",
  "-",
  "1.",
  "1.5",
  "-0.0",
  "1e3",
  "1E+3",
  "1e",
  "0e1",
  ".5",
  "9223372036854775807",
  "9223372036854775808",
  "-9223372036854775808",
  "-9223372036854775809",
  "18446744073709551615",
  "18446744073709551616",
  "1e400",
  "0.1",
  "123456789012345678",
];

const string = fc
  .tuple(fc.constantFrom('"', '"', '"', "'"), fc.array(fc.constantFrom(...CHARACTERS), { maxLength: 4 }))
  .map(([quote, characters]) => quote + characters.join("") + quote);

const { value } = fc.letrec<{ value: string; object: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    { weight: 3, arbitrary: fc.constantFrom(...NUMBERS) },
    { weight: 2, arbitrary: string },
    { weight: 1, arbitrary: fc.constantFrom("true", "false", "null", "nul", "trueX", "True") },
    { weight: 1, arbitrary: fc.integer().map(String) },
    { weight: 1, arbitrary: fc.double({ noNaN: true }).map((number) => (Number.isFinite(number) ? String(number) : "1")) },
    { weight: 2, arbitrary: tie("object") },
    { weight: 1, arbitrary: fc.array(tie("value"), { maxLength: 3 }).map((items) => `[${items.join(",")}]`) },
  ),
  object: fc
    .array(
      fc.tuple(
        fc.oneof(
          fc.constantFrom(...KEYS).map((key) => `"${key}"`),
          string,
        ),
        tie("value"),
      ),
      { maxLength: 3 },
    )
    .map((members) => `{${members.map(([key, item]) => `${key}:${item}`).join(",")}}`),
}));

const command = fc.tuple(fc.constantFrom(...COMMANDS), fc.option(value), fc.option(value), fc.boolean()).map(([name, args, id, first]) => {
  const members = [`"execute":"${name}"`, ...(args === null ? [] : [`"arguments":${args}`])];
  if (id !== null) members.splice(first ? 0 : members.length, 0, `"id":${id}`);
  return `{${members.join(",")}}`;
});

const sync = fc
  .tuple(fc.constantFrom("guest-sync", "guest-sync-delimited"), fc.constantFrom(...NUMBERS))
  .map(([name, id]) => `{"execute":"${name}","arguments":{"id":${id}}}`);

const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 12 }).map((pieces) => pieces.join(""));

/** What one edit does to a text: something in, something out, something else there. */
const edit = fc.record({ at: fc.nat(200), remove: fc.nat(2), insert: fc.oneof(fc.constant(""), fc.constantFrom(...PIECES)) });

function edited(text: string, edits: readonly { at: number; remove: number; insert: string }[]): string {
  return edits.reduce((now, { at, remove, insert }) => {
    const place = at % (now.length + 1);
    return now.slice(0, place) + insert + now.slice(place + remove);
  }, text);
}

const almost = fc
  .tuple(fc.oneof(command, command, sync, value), fc.array(edit, { maxLength: 3 }))
  .map(([text, edits]) => edited(text, edits));

/** Some texts one after the other, with anything between. */
export const messages = fc
  .array(
    fc.tuple(fc.oneof({ weight: 5, arbitrary: almost }, { weight: 2, arbitrary: soup }), fc.constantFrom("", " ", "\n", "\xff", ",")),
    {
      minLength: 1,
      maxLength: 4,
    },
  )
  .map((parts) => parts.map(([text, between]) => text + between).join(""));
