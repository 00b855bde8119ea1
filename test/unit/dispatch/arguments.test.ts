import { describe, expect, test } from "vitest";
import { command, Type } from "../../../core/plugin.ts";
import { answers } from "./agent-under-test.ts";

/** One command with an argument of each kind; it returns what it was handed. */
const echo = command({
  name: "echo",
  since: "1",
  summary: "Returns its arguments.",
  arguments: Type.Object({
    number: Type.Int64(),
    text: Type.Optional(Type.String()),
    index: Type.Optional(Type.Uint64()),
    flag: Type.Optional(Type.Boolean()),
    any: Type.Optional(Type.Number()),
    mode: Type.Optional(Type.Enum(["on", "off"])),
    whence: Type.Optional(Type.Alternate("Whence", ["integer"], ["set", "end"])),
    capture: Type.Optional(Type.Alternate("Capture", ["boolean"], ["out"])),
    bytes: Type.Optional(Type.Base64()),
    list: Type.Optional(Type.Array(Type.String())),
    items: Type.Optional(Type.Array(Type.Object({ id: Type.Int64(), online: Type.Boolean(), index: Type.Optional(Type.Uint64()) }))),
    blobs: Type.Optional(Type.Array(Type.Object({ data: Type.Base64(), weight: Type.Optional(Type.Number()) }))),
  }),
  returns: Type.Unsafe<unknown>({}),
  run: (args) => {
    for (const { data } of args.blobs ?? []) expect(data).toBeInstanceOf(Uint8Array);
    return args;
  },
});
const bare = command({ name: "bare", since: "1", summary: "Takes nothing.", run: () => undefined });

async function ask(args: string, name = "echo"): Promise<string> {
  const [line = ""] = await answers([echo, bare], `{"execute":"${name}","arguments":${args}}`);
  const { error } = JSON.parse(line) as { error?: { desc: string } };
  return error ? error.desc : line.slice('{"return": '.length, -1);
}

describe("arguments that are right", () => {
  test.each([
    ['{"number": 1}', '{"number": 1}'],
    ['{"number": -9223372036854775808}', '{"number": -9223372036854775808}'],
    ['{"number": 9223372036854775807}', '{"number": 9223372036854775807}'],
    ['{"number": 1, "any": 1.5}', '{"number": 1, "any": 1.5}'],
    ['{"number": 1, "any": 2}', '{"number": 1, "any": 2}'],
    ['{"number": 1, "whence": 7}', '{"number": 1, "whence": 7}'],
    ['{"number": 1, "index": 0}', '{"number": 1, "index": 0}'],
    ['{"number": 1, "index": -0}', '{"number": 1, "index": 0}'],
    ['{"number": 1, "index": 9007199254740993}', '{"number": 1, "index": 9007199254740993}'],
    ['{"number": 1, "index": 9223372036854775808}', '{"number": 1, "index": 9223372036854775808}'],
    ['{"number": 1, "index": 18446744073709551615}', '{"number": 1, "index": 18446744073709551615}'],
    ['{"number": 1, "index": -1}', '{"number": 1, "index": 18446744073709551615}'],
    ['{"number": 1, "index": -9223372036854775808}', '{"number": 1, "index": 9223372036854775808}'],
    [
      '{"number": 1, "items": [{"id": 2, "online": true, "index": -2}]}',
      '{"number": 1, "items": [{"id": 2, "online": true, "index": 18446744073709551614}]}',
    ],
    ['{"number": 1, "whence": "end", "capture": true}', '{"number": 1, "whence": "end", "capture": true}'],
    ['{"number": 1, "bytes": "Zm9v\\nZg=="}', '{"number": 1, "bytes": "Zm9vZg=="}'],
    ['{"number": 1, "items": [{"id": 2, "online": true}]}', '{"number": 1, "items": [{"id": 2, "online": true}]}'],
    ['{"number": 1, "blobs": [{"data": "Zm8=", "weight": 0.5}]}', '{"number": 1, "blobs": [{"data": "Zm8=", "weight": 0.5}]}'],
  ])("%s", async (args, expected) => {
    expect(await ask(args)).toBe(expected);
  });

  test("bytes of any length arrive, and so does long text", async () => {
    for (const size of [3000, 3001, 100_000, 100_001, 100_002]) {
      const base64 = Buffer.alloc(size, "lodger").toString("base64");
      const nested = `{"number": 1, "blobs": [{"data": "${base64}"}]}`;
      expect(await ask(nested)).toBe(nested);
      expect(await ask(`{"number": 1, "bytes": "${base64}", "text": "${base64}"}`)).toBe(
        `{"number": 1, "bytes": "${base64}", "text": "${base64}"}`,
      );
    }
  });

  test("a command without arguments takes none", async () => {
    expect(await ask("{}", "bare")).toBe("{}");
    expect(await ask('{"x": 1}', "bare")).toBe("Parameter 'x' is unexpected");
  });
});

describe("arguments that are wrong", () => {
  test.each([
    ["{}", "Parameter 'number' is missing"],
    ['{"number": null}', "Invalid parameter type for 'number', expected: integer"],
    ['{"number": 1.0}', "Invalid parameter type for 'number', expected: integer"],
    ['{"number": 9223372036854775808}', "Invalid parameter type for 'number', expected: integer"],
    ['{"number": "1"}', "Invalid parameter type for 'number', expected: integer"],
    ['{"text": 1, "x": 1}', "Parameter 'number' is missing"],
    ['{"x": 1, "text": 1, "number": 1}', "Invalid parameter type for 'text', expected: string"],
    ['{"x": 1, "number": 1}', "Parameter 'x' is unexpected"],
    ['{"number": 1, "toString": 1}', "Parameter 'toString' is unexpected"],
    ['{"number": 1, "__proto__": 1}', "Parameter '__proto__' is unexpected"],
    ['{"number": 1, "flag": 1}', "Invalid parameter type for 'flag', expected: boolean"],
    ['{"number": 1, "any": "1"}', "Invalid parameter type for 'any', expected: number"],
    ['{"number": 1, "index": 18446744073709551616}', "Parameter 'index' expects uint64"],
    ['{"number": 1, "index": -9223372036854775809}', "Parameter 'index' expects uint64"],
    ['{"number": 1, "index": 1.0}', "Parameter 'index' expects uint64"],
    ['{"number": 1, "index": "1"}', "Parameter 'index' expects uint64"],
    ['{"number": 1, "index": null}', "Parameter 'index' expects uint64"],
    ['{"number": 1, "items": [{"id": 1, "online": true, "index": true}]}', "Parameter 'items[0].index' expects uint64"],
    ['{"number": 1, "mode": "x"}', "Parameter 'mode' does not accept value 'x'"],
    ['{"number": 1, "mode": 1}', "Invalid parameter type for 'mode', expected: string"],
    ['{"number": 1, "whence": "x"}', "Parameter 'whence' does not accept value 'x'"],
    ['{"number": 1, "whence": true}', "Invalid parameter type for 'whence', expected: Whence"],
    ['{"number": 1, "whence": 1.5}', "Invalid parameter type for 'whence', expected: integer"],
    ['{"number": 1, "capture": 1}', "Invalid parameter type for 'capture', expected: Capture"],
    ['{"number": 1, "bytes": 1}', "Invalid parameter type for 'bytes', expected: string"],
    ['{"number": 1, "bytes": "!"}', "Base64 data contains invalid characters"],
    ['{"number": 1, "list": "x"}', "Invalid parameter type for 'list', expected: array"],
    ['{"number": 1, "list": ["x", 1]}', "Invalid parameter type for 'list[1]', expected: string"],
    ['{"number": 1, "items": [1]}', "Invalid parameter type for 'items[0]', expected: object"],
    ['{"number": 1, "items": [1.5]}', "Invalid parameter type for 'items[0]', expected: object"],
    ['{"number": 1, "items": [18446744073709551616]}', "Invalid parameter type for 'items[0]', expected: object"],
    ['{"number": 1, "items": [{"id": 1}]}', "Parameter 'items[0].online' is missing"],
    ['{"number": 1, "items": [{"id": 1, "online": true, "x": 1}]}', "Parameter 'items[0].x' is unexpected"],
  ])("%s: %s", async (args, expected) => {
    expect(await ask(args)).toBe(expected);
  });
});

describe("the envelope", () => {
  test.each([
    ["1 ", "QMP input must be a JSON object"],
    ["{}", "QMP input lacks member 'execute'"],
    ['{"execute":1}', "QMP input member 'execute' must be a string"],
    ['{"execute":"bare","arguments":null}', "QMP input member 'arguments' must be an object"],
    ['{"exec-oob":"bare"}', "QMP input member 'exec-oob' is unexpected"],
    ['{"execute":"no"}', "The command no has not been found"],
  ])("%s: %s", async (request, expected) => {
    const [line = ""] = await answers([bare], request);
    expect((JSON.parse(line) as { error: { desc: string } }).error.desc).toBe(expected);
  });

  test.each(['"x"', "1", "null", "[1, {}]", '{"a": 1}', "18446744073709551615", "0.5"])("id %s comes back", async (id) => {
    const [right, wrong] = await answers([bare], `{"execute":"bare","id":${id}}{"execute":"no","id":${id}}`);
    expect(right).toBe(`{"return": {}, "id": ${id}}`);
    expect(wrong?.endsWith(`, "id": ${id}}`)).toBe(true);
  });
});

describe("the gate", () => {
  const thaw = command({ name: "thaw", since: "1", summary: "Runs while frozen.", whileFrozen: true, run: () => undefined });
  const allowed = async (name: string, options: object) =>
    (await answers([bare, thaw], `{"execute":"${name}"}`, options))[0] === '{"return": {}}';

  test.each([
    [{}, true, true],
    [{ block: ["bare"] }, false, true],
    [{ allow: ["bare"] }, true, false],
    [{ allow: ["bare"], block: ["bare"] }, false, false],
    [{ allow: ["nothing"] }, false, false],
    [{ frozen: true }, false, true],
    [{ frozen: true, allow: ["bare", "thaw"] }, false, true],
    [{ frozen: true, block: ["thaw"] }, false, false],
  ])("%j: bare %s, thaw %s", async (options, bareRuns, thawRuns) => {
    expect(await allowed("bare", options)).toBe(bareRuns);
    expect(await allowed("thaw", options)).toBe(thawRuns);
  });

  test("says what it refuses in the interface's words", async () => {
    const [line] = await answers([bare], '{"execute":"bare"}', { block: ["bare"] });
    expect(line).toBe('{"error": {"class": "CommandNotFound", "desc": "Command bare has been disabled: the command is not allowed"}}');
  });
});
