/** The channel of an isolated plugin: what is said arrives as it was, and hostile bytes are refused, never worse. */
import { inspect, isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { declarationOf, readDeclaration } from "../../../core/extension/isolated/declaration.ts";
import { FrameReader, frame, MAX_FRAME_BYTES } from "../../../core/extension/isolated/frames.ts";
import { readFromChild } from "../../../core/extension/isolated/messages.ts";
import { ProtocolError } from "../../../core/extension/isolated/protocol-error.ts";
import { SafeSchemas } from "../../../core/extension/isolated/safe-schema.ts";
import { decode } from "../../../core/extension/isolated/values.ts";
import { CommandError, command, definePlugin, Type } from "../../../core/plugin.ts";
import { Double } from "../../../core/protocol/values.ts";

function reader(limit = MAX_FRAME_BYTES) {
  const messages: unknown[] = [];
  return {
    messages,
    reader: new FrameReader(
      (message) => messages.push(message),
      () => limit,
    ),
  };
}

function through(value: unknown, cuts: readonly number[] = []): unknown {
  const bytes = Buffer.concat(frame({ value }));
  const { messages, reader: frames } = reader();
  let at = 0;
  for (const cut of [...cuts.map((part) => Math.floor(part * bytes.length)).sort((a, b) => a - b), bytes.length]) {
    frames.push(bytes.subarray(at, cut));
    at = cut;
  }
  expect(messages).toHaveLength(1);
  return (messages[0] as { value: unknown }).value;
}

const scalars = [
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme", minLength: 17_000, maxLength: 17_050 }),
  fc.double(),
  fc.bigInt({ min: -(2n ** 64n), max: 2n ** 64n }),
  fc.boolean(),
  fc.constant(null),
  fc.date({ noInvalidDate: false }),
  fc.uint8Array({ maxLength: 200 }),
  fc.uint8Array({ minLength: 70_000, maxLength: 70_100 }),
  fc.double().map((value) => new Double(value)),
] as const;

const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: "small" }, ...scalars, tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$", "__proto__", "constructor", "toJSON", "value")), tie("value"), {
    maxKeys: 5,
    noNullPrototype: true,
  }),
}));

const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 6 });

describe("a value", () => {
  test("arrives as it was, however the bytes are cut", { timeout: 60_000 }, () => {
    fc.assert(
      fc.property(anyValue, cuts, (value, where) => {
        const arrived = through(value, where);
        // Not `toStrictEqual`, which takes a member called "constructor" for the class.
        if (!isDeepStrictEqual(arrived, value)) throw new Error(`it arrived as ${inspect(arrived, { depth: 9 })}`);
      }),
      { numRuns: 400 },
    );
  });

  test("that is no data becomes null, or is left out", () => {
    expect(through({ a: undefined, b: () => 1, c: [undefined, Symbol("x")], d: new Map([[1, 2]]) })).toStrictEqual({
      b: null,
      c: [null, null],
      d: {},
    });
  });

  test("that contains itself or is too large is an error of the command", () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => frame(cycle)).toThrow(CommandError);
    expect(() => frame(["x".repeat(2 ** 27)])).toThrow(/more data/);
    expect(() => frame(Array.from({ length: 2_000_000 }, () => 1000))).toThrow(/more data/);
  });

  test("several messages in one piece, and a message in many", () => {
    const { messages, reader: frames } = reader();
    const bytes = Buffer.concat([1, 2, 3].flatMap((value) => frame(value)));
    frames.push(bytes);
    for (const byte of bytes) frames.push(Uint8Array.of(byte));
    expect(messages).toEqual([1, 2, 3, 1, 2, 3]);
  });
});

describe("hostile bytes", () => {
  test("noise and changed messages: a message, nothing, or a ProtocolError", () => {
    const real = Buffer.concat(
      frame({ type: "result", id: 1, value: { a: new Uint8Array(9), b: 5n, c: new Date(1), d: "x".repeat(20_000) } }),
    );
    const changes = fc.array(fc.tuple(fc.nat(real.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    const changed = changes.map((list) => {
      const bytes = Buffer.from(real);
      for (const [at, byte] of list) bytes[at] = byte;
      return bytes as Uint8Array;
    });
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const frames = new FrameReader(
          (message) => readFromChild(message),
          () => 1024 * 1024,
        );
        try {
          frames.push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { numRuns: 5000 },
    );
  });

  test("a length takes no memory before the limit is asked", () => {
    const { reader: frames } = reader(1000);
    const header = Buffer.alloc(8);
    header.writeUInt32LE(10, 0);
    header.writeUInt32LE(4_000_000_000, 4);
    expect(() => frames.push(header)).toThrow(/a message of 4000000010 bytes/);
  });

  test("an empty text is no message", () => {
    expect(() => reader().reader.push(Buffer.alloc(8))).toThrow(ProtocolError);
  });

  test.for([
    ["no JSON", "{"],
    ["an unknown tag", '{"$":"map","value":[]}'],
    ["a tag that is no text", '{"$":{}}'],
    ["an integer that is none", '{"$":"integer","value":"1e9"}'],
    ["an integer of a million digits", `{"$":"integer","value":"${"9".repeat(1e6)}"}`],
    ["a number of no such name", '{"$":"number","value":"constructor"}'],
    ["a date that is none", '{"$":"date","value":"today"}'],
    ["bytes behind the end", '{"$":"bytes","at":2,"length":3}'],
    ["bytes before the start", '{"$":"bytes","at":-1,"length":1}'],
    ["bytes of a fraction", '{"$":"bytes","at":0.5,"length":1}'],
    ["bytes without a place", '{"$":"bytes"}'],
    ["an object that is a list", '{"$":"object","value":[]}'],
    ["nesting", `${"[".repeat(100_000)}${"]".repeat(100_000)}`],
    ["nesting of doubles", `${'{"$":"double","value":'.repeat(5000)}1${"}".repeat(5000)}`],
  ])("%s is refused", ([, text]) => {
    expect(() => decode(text as string, new Uint8Array(4))).toThrow(ProtocolError);
  });

  test.for([
    [null],
    [[]],
    ["beat"],
    [{}],
    [{ type: "call", id: 1 }],
    [{ type: "result" }],
    [{ type: "result", id: -1 }],
    [{ type: "result", id: "1" }],
    [{ type: "error", id: 1, error: "x" }],
    [{ type: "error", id: 1, error: { text: 5 } }],
    [{ type: "log", level: "constructor", text: "x" }],
    [{ type: "log", level: "error", text: { toString: 1 } }],
  ])("%j is nothing that a plugin's process says", ([message]) => {
    expect(() => readFromChild(message)).toThrow(ProtocolError);
  });

  test("a member called __proto__ changes no prototype", () => {
    const value = decode('{"__proto__":{"polluted":true}}', new Uint8Array()) as object;
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect((value as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe("a declaration", () => {
  const plugin = definePlugin({
    name: "guinea",
    version: "2",
    options: Type.Object({ units: Type.Optional(Type.Array(Type.String({ description: "names" }))) }),
    commands: () => [
      command({
        name: "guest-all",
        since: "1",
        summary: "All types.",
        profile: "observe",
        whileFrozen: true,
        arguments: Type.Object({
          a: Type.Optional(Type.Int64({ default: 5 })),
          b: Type.Uint64(),
          c: Type.Number(),
          d: Type.Base64({ secret: true }),
          e: Type.Enum(["x", "y"]),
          f: Type.Alternate("W", ["integer", "boolean"], ["set"]),
          g: Type.Array(Type.Object({ h: Type.Boolean() })),
          i: Type.Union([Type.Literal("a"), Type.Literal(1)]),
          j: Type.String({ role: "path" }),
        }),
        returns: Type.Array(Type.String()),
        run: () => [],
      }),
      command({ name: "guest-none", since: "1", summary: "Nothing.", answers: false, run: () => undefined }),
    ],
  });

  test("of all that the vocabulary has arrives whole", () => {
    const told = readDeclaration(through(declarationOf(plugin)));
    expect(told).toMatchObject({ name: "guinea", version: "2", options: plugin.options });
    const [all, none] = plugin.commands?.({}, {} as never) ?? [];
    expect(told.commands[0]).toMatchObject({
      name: "guest-all",
      profile: "observe",
      whileFrozen: true,
      arguments: all?.arguments,
      returns: all?.returns,
    });
    expect(told.commands[1]).toMatchObject({
      name: none?.name,
      answers: false,
      whileFrozen: false,
      arguments: undefined,
      returns: undefined,
    });
  });

  test.for<[string, object]>([
    ["a pattern", { type: "string", pattern: "(a+)+$" }],
    ["a format", { type: "string", format: "regex" }],
    ["a reference", { $ref: "#" }],
    ["properties by pattern", { patternProperties: { "(a+)+$": {} } }],
    ["uniqueItems, which costs the square", { uniqueItems: true }],
    ["a type of no such name", { type: "function" }],
    ["a keyword of Object's", JSON.parse('{"__proto__":{}}')],
    ["code", { const: { toString: 1 } }],
    ["a role of no such name", { role: "admin" }],
    ["an alternate with more", { alternate: { name: "x", types: ["integer"], values: [], code: 1 } }],
    ["no schema inside", { type: "object", properties: { a: 5 } }],
    ["depth", Array.from({ length: 40 }).reduce<object>((items) => ({ items }), {})],
    ["too many", { anyOf: Array.from({ length: 6000 }, () => ({})) }],
  ])("with a schema that has %s is refused", ([, schema]) => {
    expect(() => new SafeSchemas().check(schema, "it")).toThrow(ProtocolError);
  });

  const good = { name: "guinea", commands: [{ name: "guest-a", since: "1", summary: "S." }] };
  test.for<[string, unknown]>([
    ["no object", 5],
    ["no name", { ...good, name: undefined }],
    ["a name with a slash", { ...good, name: "../x" }],
    ["a long name", { ...good, name: "a".repeat(65) }],
    ["no commands", { ...good, commands: undefined }],
    ["too many commands", { ...good, commands: Array.from({ length: 501 }, () => good.commands[0]) }],
    ["a command without summary", { ...good, commands: [{ name: "guest-a", since: "1" }] }],
    ["a command of another profile", { ...good, commands: [{ ...good.commands[0], profile: "full" }] }],
    ["arguments that are no object", { ...good, commands: [{ ...good.commands[0], arguments: { type: "string" } }] }],
    ["an api that is none", { ...good, api: "1" }],
    ["an after that is none", { ...good, after: [5] }],
  ])("with %s is refused", ([, declaration]) => {
    expect(readDeclaration(good)).toMatchObject({ name: "guinea" });
    expect(() => readDeclaration(declaration)).toThrow(ProtocolError);
  });
});
