import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AnswerWriter } from "../../../core/protocol/answer-writer.ts";
import { AnswerText } from "../../../core/protocol/encode.ts";
import { formatDouble } from "../../../core/protocol/values.ts";

const text = (value: unknown) => new AnswerText().value(value).finish();

describe("encoding", () => {
  test.each<[unknown, string]>([
    [{}, "{}"],
    [[], "[]"],
    [{ a: 1, b: [true, null, "x"] }, '{"a": 1, "b": [true, null, "x"]}'],
    [{ a: undefined, b: 2 }, '{"b": 2}'],
    [9007199254740993n, "9007199254740993"],
    [-0, "0"],
    [0.1, "0.10000000000000001"],
    [1e21, "1e+21"],
    [2 ** 50 + 0.25, "1125899906842624.2"],
    [2 ** 50 + 0.75, "1125899906842624.8"],
    [-0.5, "-0.5"],
    [1234567.5, "1234567.5"],
    [0.00012345, "0.00012344999999999999"],
    ["\b\f\n\r\t\"\\/'", '"\\b\\f\\n\\r\\t\\"\\\\/\'"'],
    ["\u0000\u001f\u007fé\u{1f600}", '"\\u0000\\u001F\\u007F\\u00E9\\uD83D\\uDE00"'],
    [Buffer.from("foo"), '"Zm9v"'],
  ])("%o", (value, expected) => {
    expect(text(value)).toBe(expected);
  });

  test("an answer is one line of ASCII, and JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const line = text(value) as string;
        expect(line).toMatch(/^[\x20-\x7e]*$/);
        expect(JSON.parse(line)).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  test("a double comes back as it was", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        expect(Number(formatDouble(value))).toBe(value);
      }),
    );
  });
});

describe("answers with bytes", () => {
  /** Keeps what it is given only as long as the contract says, and then spoils it. */
  function collect() {
    const sent: Buffer[] = [];
    const send = async (bytes: Uint8Array) => {
      await new Promise((resolve) => setImmediate(resolve));
      sent.push(Buffer.from(bytes));
      bytes.fill(0x21);
    };
    return { sent, sink: { send } };
  }

  test.each([0, 1, 12_288, 12_289, 49_152, 49_153, 245_760, 245_761, 1_000_003])("%i bytes", async (size) => {
    const bytes = Buffer.alloc(size, "some bytes ");
    const { sent, sink } = collect();
    const writer = new AnswerWriter(sink);
    const answer = new AnswerText().append('{"return": ').value({ count: size, "buf-b64": bytes, eof: true }).append("}\n").finish();
    await writer.write(answer);
    writer.write("next\n");
    writer.flush();
    await writer.drained();
    const [line, next] = Buffer.concat(sent).toString().split("\n");
    expect(JSON.parse(line ?? "")).toEqual({ return: { count: size, "buf-b64": bytes.toString("base64"), eof: true } });
    expect(next).toBe("next");
    expect(writer.backlog).toBe(0);
  });
});
