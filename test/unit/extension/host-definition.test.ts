/** What is said of plugins' definitions, options and order, and what is checked of results: plain values in, texts out. */
import { describe, expect, test } from "vitest";
import { Problems, problemText } from "../../../core/config/problems.ts";
import { parseToml } from "../../../core/config/toml.ts";
import { resultReader } from "../../../core/dispatch/results.ts";
import { problemsOf } from "../../../core/extension/definition.ts";
import { pluginOptions } from "../../../core/extension/plugin-options.ts";
import { orderPlugins } from "../../../core/extension/plugin-order.ts";
import { DEFAULT_PLUGIN_SETTINGS } from "../../../core/extension/source.ts";
import { type AnyPlugin, Clock, command, definePlugin, Token, Type } from "../../../core/plugin.ts";
import hello from "../../../plugins/hello/index.ts";
import { builtInPlugins } from "../../../plugins/index.ts";

const one = { name: "guest-a", since: "1", summary: "x", run: () => undefined };
const good = { name: "a", commands: () => [one] };

describe("a definition", () => {
  test("of lodger's own is found good, and so is the teaching plugin's", () => {
    for (const plugin of [...builtInPlugins, hello]) expect(problemsOf(plugin, plugin.name)).toEqual([]);
  });

  test.for<readonly [string, unknown, readonly RegExp[]]>([
    ["no object", 5, [/^its default export is a number: write/]],
    ["null", null, [/is null/]],
    ["a promise", Promise.resolve(good), [/is a promise: write 'export default await/]],
    [
      "a proxy that throws",
      new Proxy(
        {},
        {
          get: () => {
            throw new Error("no");
          },
        },
      ),
      [/^its definition can't be read: no/],
    ],
    ["no name", { commands: () => [one] }, [/lacks a 'name'/]],
    ["a bad name", { ...good, name: "A" }, [/'A' is no plugin's name/]],
    ["another name than its file", { ...good, name: "b" }, [/calls itself 'b' and its file 'a'/]],
    ["another api", { ...good, api: 2 }, [/written for version 2/]],
    ["a member that is none", { ...good, comands: 1 }, [/unknown member 'comands': is 'commands' meant\?/]],
    [
      "members of the wrong kind",
      { ...good, version: 1, needs: { a: "b" }, after: ["B"], stop: 5 },
      [/'version'.*a text/, /'needs'.*tokens/, /'after'.*list of plugins' names/, /'stop'.*a function/],
    ],
    ["nothing to do", { name: "a" }, [/does nothing/]],
    ["provides without start", { ...good, provides: { x: new Token("x") } }, [/'provides' and no 'start'/]],
    ["options that are no object", { ...good, options: Type.String() }, [/'options' of the plugin is no usable schema/]],
    ["options with an unknown keyword", { ...good, options: { type: "object", propertys: {} } }, [/unknown keyword: "propertys"/]],
    ["async commands", { ...good, commands: async () => [] }, [/'commands' returns a promise/]],
    [
      "commands that throw",
      {
        ...good,
        commands: () => {
          throw new Error("no");
        },
      },
      [/^no$/],
    ],
    [
      "commands that use what they need",
      { ...good, needs: { clock: Clock }, commands: ({ clock }: { clock: { now(): void } }) => [clock.now()] },
      [/use 'clock' while they are declared/],
    ],
    ["no list", { ...good, commands: () => one }, [/has to return a list/]],
    ["no command", { ...good, commands: () => [5] }, [/command 1 of the list is no command/]],
    ["a command twice", { ...good, commands: () => [one, one] }, [/guest-a is declared twice/]],
    [
      "a command of another's",
      { ...good, commands: () => [{ ...one, name: "guest-ping" }] },
      [/guest-ping is there already, in the plugin 'agent'/],
    ],
    ["a command without anything", { ...good, commands: () => [{}] }, [/lacks 'name'/, /lacks 'since'/, /lacks 'summary'/, /lacks 'run'/]],
    [
      "a command with wrong members",
      { ...good, commands: () => [{ ...one, profile: "all", whileFrozen: 1, sumary: "" }] },
      [/'whileFrozen'.*true or false/, /'profile'.*observe, backup or standard/, /unknown member 'sumary': is 'summary' meant/],
    ],
    ["arguments without names", { ...good, commands: () => [{ ...one, arguments: Type.String() }] }, [/arguments have names/]],
    [
      "a result of an unknown type",
      { ...good, commands: () => [{ ...one, returns: { type: "strin" } }] },
      [/'returns' of the command guest-a is no usable schema/],
    ],
  ])("%s", ([, definition, says]) => {
    const problems = problemsOf(definition, "a", new Map([["guest-ping", "agent"]]));
    expect(problems).toHaveLength(says.length);
    for (const [index, text] of says.entries()) expect(problems[index]).toMatch(text);
  });
});

describe("options", () => {
  const plugin = definePlugin({
    name: "a",
    options: Type.Object({
      mode: Type.Optional(Type.Enum(["slow", "fast"])),
      count: Type.Optional(Type.Int64()),
      names: Type.Optional(Type.Array(Type.String())),
      deep: Type.Optional(Type.Object({ "a/b": Type.Optional(Type.Boolean()) })),
      greeting: Type.Optional(Type.String({ default: "hello" })),
    }),
  });

  function read(toml: string, of: AnyPlugin = plugin) {
    const problems = new Problems();
    const options = parseToml(Buffer.from(toml), "f.toml", problems);
    const result = pluginOptions(of, { ...DEFAULT_PLUGIN_SETTINGS, options, origin: { file: "f.toml", line: 9 } }, problems);
    return { result, problems: problems.list.map(problemText) };
  }

  test("are handed over with defaults", () => {
    expect(read("count = 9007199254740993\nmode = 'fast'")).toEqual({
      result: { count: 9007199254740993n, mode: "fast", greeting: "hello" },
      problems: [],
    });
  });

  test.for([
    ["\ncounter = 1", "f.toml:2: 'counter' is unknown in [plugins.a.options]"],
    ["coun = 1", "f.toml:1: 'coun' is unknown in [plugins.a.options]; is 'count' meant?"],
    ["count = 'x'", "f.toml:1: 'count' of [plugins.a.options] has to be an integer"],
    ["mode = 'x'", "f.toml:1: 'mode' of [plugins.a.options] has to be one of slow, fast"],
    ["names = [\n'a',\n1]", "f.toml:3: 'names.1' of [plugins.a.options] has to be string"],
    ["deep = 5", "f.toml:1: 'deep' of [plugins.a.options] has to be object"],
    ["\n[deep]\n'a/b' = 5", "f.toml:3: 'deep.a~1b' of [plugins.a.options] has to be boolean"],
  ] as const)("%s", ([toml, says]) => {
    expect(read(toml).problems).toEqual([says]);
  });

  test("that are missing, of who has none", () => {
    const needy = definePlugin({ name: "a", options: Type.Object({ units: Type.String() }) });
    expect(read("", needy).problems).toEqual(["f.toml:1: 'units' is missing in [plugins.a.options], and the plugin needs it"]);
    expect(read("\nx = 1", definePlugin({ name: "a" })).problems).toEqual([
      "f.toml:2: the plugin 'a' has no options: remove [plugins.a.options]",
    ]);
  });
});

describe("the order of starts", () => {
  const token = (name: string) => new Token<unknown>(name);
  const plugin = (name: string, needs: readonly string[], provides: readonly string[], after: readonly string[] = []): AnyPlugin => ({
    name,
    after,
    needs: Object.fromEntries(needs.map((one) => [one, token(one)])),
    provides: Object.fromEntries(provides.map((one) => [one, token(one)])),
  });
  const order = (...plugins: readonly AnyPlugin[]) => orderPlugins(plugins, ({ name }) => name === "clock");

  test("has those first that are needed, and those that are named, if they are there", () => {
    const { before, refused } = order(
      plugin("a", ["x", "clock"], []),
      plugin("b", ["y"], ["x"]),
      plugin("c", [], ["y"]),
      plugin("d", [], [], ["a", "nobody"]),
    );
    expect([...before.keys()]).toEqual(["c", "b", "a", "d"]);
    expect(before.get("d")).toEqual(["a"]);
    expect(refused.size).toBe(0);
  });

  test("names a circle, all of it, and starts the rest", () => {
    const { before, refused } = order(plugin("a", ["x"], ["y"]), plugin("b", ["y"], ["x"]), plugin("c", [], []));
    expect(refused.get("a")).toContain("a needs b needs a");
    expect(refused.get("b")).toContain("b needs a needs b");
    expect([...before.keys()]).toEqual(["c"]);
  });

  test("refuses what nobody provides, and what two or the agent provide", () => {
    const { refused } = order(plugin("a", ["z"], []), plugin("b", [], ["x"]), plugin("c", [], ["x"]), plugin("d", [], ["clock"]));
    expect(refused.get("a")).toContain("it needs 'z', and no plugin and nothing in the agent provides it");
    expect(refused.get("c")).toContain("it provides 'x', and so does the plugin 'b'");
    expect(refused.get("d")).toContain("it provides 'clock', and so does the agent");
    expect(refused.has("b")).toBe(false);
  });
});

describe("results", () => {
  const schema = Type.Object({
    a: Type.Optional(Type.Int64()),
    u: Type.Optional(Type.Uint64()),
    d: Type.Optional(Type.Number()),
    b: Type.Optional(Type.Base64()),
    e: Type.Optional(Type.Alternate("X", ["integer"], ["on"])),
  });

  test.for<readonly [object]>([
    [{ a: 5 }],
    [{ a: -(2n ** 63n) }],
    [{ u: 2n ** 64n - 1n }],
    [{ d: 1.5 }],
    [{ b: Buffer.from("ab") }],
    [{ e: "on" }],
    [{ e: 5 }],
    [{ a: undefined }],
  ])("%s are taken", ([result]) => {
    expect(resultReader(schema)(result)).toEqual(result);
  });

  test.for<readonly [object, RegExp]>([
    [{ a: 2n ** 63n }, /'a' has to be a 64-bit integer/],
    [{ a: 2 ** 53 }, /'a' has to be a 64-bit integer/],
    [{ u: -1 }, /'u' has to be an unsigned/],
    [{ d: Infinity }, /Infinity, at 'd'/],
    [{ b: [1, 2] }, /'b' has to be a Uint8Array/],
    [{ b: new Uint16Array(2) }, /an array of numbers other than Uint8Array, at 'b'/],
    [{ e: "off" }, /'e' has to be one of the values/],
    [{ proto: 1 }, /'proto' is not declared/],
    [JSON.parse('{"__proto__": {"a": 1}}'), /'__proto__' is not declared/],
    [{ a: Symbol("x") }, /a symbol, at 'a'/],
    [Buffer.from("x"), /the result has to be an object/],
  ])("%s are refused", ([result, says]) => {
    expect(() => resultReader(schema)(result)).toThrow(says);
  });

  test("bytes aren't copied, except where they could change under our hands", () => {
    const bytes = Buffer.from("abc");
    const kept = resultReader(Type.Base64())(bytes) as Uint8Array;
    expect(kept.buffer).toBe(bytes.buffer);
    const shared = new Uint8Array(new SharedArrayBuffer(3));
    expect((resultReader(Type.Base64())(shared) as Uint8Array).buffer).not.toBe(shared.buffer);
  });

  test("a command that declares none returns nothing or an empty object", () => {
    expect(resultReader(undefined)(undefined)).toBeUndefined();
    expect(resultReader(undefined)({})).toBeUndefined();
    expect(() => resultReader(undefined)({ a: 1 })).toThrow("declares none");
  });
});

test("a command is typed by its schemas", () => {
  command({ ...one, arguments: Type.Object({ id: Type.Int64() }), returns: Type.Int64(), run: ({ id }) => id });
});
