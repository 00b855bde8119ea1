import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerText } from "../../../core/protocol/encode.ts";
import { Framing } from "../../../core/protocol/framing.ts";
import { LongString } from "../../../core/protocol/long-string.ts";
import { NESTING_LIMIT, TOKEN_BYTES_LIMIT, TOKEN_COUNT_LIMIT } from "../../../core/protocol/tokens.ts";

/** What comes of these bytes, each message as an answer would spell it, errors without their common beginning. */
function messages(...chunks: readonly Buffer[]): string[] {
  const found: string[] = [];
  const framing = new Framing((message) => {
    if (message.error) found.push(message.error.message.replace("JSON parse error, ", "! "));
    else found.push(new AnswerText().value(message.value).finish() as string);
    for (const string of message.lent) string.release();
  });
  for (const chunk of chunks) framing.push(chunk);
  return found;
}

function bytewise(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.of(byte));
}

/** Input (one character a byte), and what it comes to; read off the reference agent. */
const TABLE: readonly (readonly [string, readonly string[]])[] = [
  ['{"execute":"guest-ping"}', ['{"execute": "guest-ping"}']],
  [" \t\r\n[1 , 2]\n{}[]", ["[1, 2]", "{}", "[]"]],
  [`{'a':'it"s'}`, ['{"a": "it\\"s"}']],
  ["'\\'' ", ['"\'"']],
  ["1 -1 -0 0 ", ["1", "-1", "0", "0"]],
  ["9007199254740993 -9223372036854775808 9223372036854775807 ", ["9007199254740993", "-9223372036854775808", "9223372036854775807"]],
  ["18446744073709551615 18446744073709551616 ", ["18446744073709551615", "1.8446744073709552e+19"]],
  [
    "1.0 0.1 1e16 1e17 1e-5 -0.0 5e-324 ",
    ["1", "0.10000000000000001", "10000000000000000", "1e+17", "1.0000000000000001e-05", "-0", "4.9406564584124654e-324"],
  ],
  ["true false null ", ["true", "false", "null"]],
  ["nul ", ["! invalid keyword 'nul'"]],
  ["01 ", ["! stray '01'"]],
  ["-\n1 ", ["! stray '-\n'"]],
  ["+1\n2 ", ["! stray '+'", "2"]],
  ["1.x", ["! stray '1.x'"]],
  ["\xff{}", ["! stray '\ufffd'", "{}"]],
  ['{"guest-pi\xff{}', ["! stray '\"guest-pi\ufffd'", "{}"]],
  ["\xff42\n7 ", ["! stray '\ufffd'", "7"]],
  ['"\x01', ["! stray '\"\x01'"]],
  ['"x\0', ["! stray '\"x'"]],
  ["{]", ["! expecting value"]],
  ["[1,2}3]", ["! expected separator in list", "3", "! expecting value"]],
  ['{"a":1,"a":2}', ["! duplicate key"]],
  ['{"a" 1}', ["! missing : in object pair"]],
  ["{1:2}", ["! key is not a string in object"]],
  ['{"a":1,}', ["! expecting value"]],
  ['{"a":1 "b":2}', ["! expected separator in dict"]],
  ["[1 2]", ["! expected separator in list"]],
  ['"\\q"', ["! invalid escape sequence in string"]],
  ['"\\u12"', ['! \\u12" is not a valid Unicode character']],
  ['"\\ud83d\\u0041"', ["! \\ud83d is not a valid Unicode character"]],
  ['"\\ud83d\\ude00"', ['"\\uD83D\\uDE00"']],
  ['"\\ud83f\\udffe"', ["! \\ud83f\\udffe is not a valid Unicode character"]],
  ['"\\ufffe"', ["! \\ufffe is not a valid Unicode character"]],
  ['"\xc3\xa9\xf0\x9f\x98\x80"', ['"\\u00E9\\uD83D\\uDE00"']],
  ['"\xc0\x80"', ['"\\u0000"']],
  ['"\xc0\xaf"', ["! invalid UTF-8 sequence in string"]],
  ['"\xed\xa0\x80"', ["! invalid UTF-8 sequence in string"]],
  ['"\xef\xbf\xbe"', ["! invalid UTF-8 sequence in string"]],
  [`'ab\n["a\\"b","c"]`, ["! stray ''ab\n'", '["a\\"b", "c"]']],
  ['{"__proto__":1}', ['{"__proto__": 1}']],
];

describe("framing", () => {
  test.each(TABLE)("%j", (input, expected) => {
    const bytes = Buffer.from(input, "latin1");
    expect(messages(bytes)).toEqual(expected);
    expect(messages(...bytewise(bytes))).toEqual(expected);
  });

  test("where a message is split doesn't matter", () => {
    const input = fc.array(fc.constantFrom(...TABLE.map(([text]) => text), '{"a":[', "]}", '"'), { maxLength: 6 });
    fc.assert(
      fc.property(input, fc.array(fc.nat(200)), (texts, cuts) => {
        const bytes = Buffer.from(texts.join(""), "latin1");
        const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
        const chunks = edges.slice(1).map((edge, i) => bytes.subarray(edges[i], edge));
        expect(messages(...chunks)).toEqual(messages(bytes));
      }),
    );
  });

  test("any bytes leave a framing that understands the next request", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
        expect(messages(Buffer.from(noise), Buffer.from('\n\xff{"x": 1}', "latin1")).at(-1)).toBe('{"x": 1}');
      }),
    );
  });
});

describe("limits", () => {
  test("nesting", () => {
    const open = "[".repeat(NESTING_LIMIT);
    expect(messages(Buffer.from(open + "]".repeat(NESTING_LIMIT)))).toHaveLength(1);
    expect(messages(Buffer.from(`${open}[1 `))).toEqual(["JSON nesting depth limit exceeded", "1"]);
  });

  test("overlong NULs in a string", () => {
    const nuls = 100_000;
    expect(messages(Buffer.from(`["${"\xc0\x80".repeat(nuls)}"]`, "latin1"))).toEqual([`["${"\\u0000".repeat(nuls)}"]`]);
  });

  test("tokens of a message", () => {
    const pairs = TOKEN_COUNT_LIMIT / 2 - 1;
    expect(messages(Buffer.from(`[${"1,".repeat(pairs)}]`))).toEqual(["! expecting value"]);
    expect(messages(Buffer.from(`[${"1,".repeat(pairs)}1]7 `))).toEqual(["JSON token count limit exceeded", "7"]);
  });

  test("bytes of a token, and of all tokens together", () => {
    const chunk = Buffer.alloc(1024 * 1024, "!");
    const long = (bytes: number, ...rest: Buffer[]) => {
      const chunks: Buffer[] = [Buffer.from('"')];
      for (let left = bytes - 1; left > 0; left -= chunk.length) chunks.push(chunk.subarray(0, Math.min(left, chunk.length)));
      return messages(...chunks, ...rest).map((text) => (text.length > 100 ? text.length : text));
    };
    expect(long(TOKEN_BYTES_LIMIT - 2, Buffer.from('"'))).toEqual([TOKEN_BYTES_LIMIT - 1]);
    expect(long(TOKEN_BYTES_LIMIT - 1, Buffer.from('"'))).toEqual(["JSON token size limit exceeded"]);
    expect(long(TOKEN_BYTES_LIMIT + 1, Buffer.from("[]"))).toEqual(["JSON token size limit exceeded", "[]"]);
  });
});

describe("long strings", () => {
  const value = (...chunks: readonly Buffer[]) => {
    let found: unknown;
    new Framing((message) => {
      found = message.error ?? message.value;
    }).push(Buffer.concat(chunks));
    return found;
  };

  test("base64 is decoded as it arrives, wherever it is split, and gives its text back", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 5000, max: 40_000 }),
        fc.array(fc.nat(60_000), { maxLength: 8 }),
        fc.boolean(),
        (size, cuts, padded) => {
          const bytes = Buffer.alloc(size - (padded ? 0 : size % 3), `bytes ${size}`);
          const wire = Buffer.from(`"${bytes.toString("base64")}"`);
          const edges = [0, ...cuts.map((cut) => cut % wire.length).sort((a, b) => a - b), wire.length];
          const found: unknown[] = [];
          const framing = new Framing((message) => found.push(message.value));
          for (const [i, edge] of edges.slice(1).entries()) framing.push(wire.subarray(edges[i], edge));
          const text = found[0] instanceof LongString ? found[0].text() : found[0];
          expect(text).toBe(bytes.toString("base64"));
        },
      ),
      { numRuns: 60 },
    );
  });

  test("padding that ends a chunk is still the end of the string", () => {
    const base64 = Buffer.alloc(10_000, "lodger").toString("base64");
    const found: unknown[] = [];
    const framing = new Framing((message) => found.push(message.value));
    for (const piece of [`"${base64}`, '"']) framing.push(Buffer.from(piece));
    expect(base64.endsWith("==")).toBe(true);
    expect(found[0]).toBeInstanceOf(LongString);
    expect((found[0] as LongString).text()).toBe(base64);
  });

  test.each(["-", "_", " ", "=", "é", "\\n"])("base64 that goes on with %j is text after all", (foreign) => {
    const text = `${"QUJD".repeat(3000)}${foreign}${"QUJD".repeat(10)}`;
    expect(value(Buffer.from(`"${text}"`))).toBe(text.replace("\\n", "\n"));
  });

  test("a control character within it is an error that shows what came before", () => {
    const text = "QUJD".repeat(3000);
    expect(messages(Buffer.from(`"${text}\x01`))).toEqual([`! stray '"${text}\x01'`]);
  });
});
