/** lodger.toml: what is taken, and what is said about what isn't. */
import { describe, expect, it } from "vitest";
import { plain } from "../../../core/config/toml.ts";
import { DEFAULT_PLUGIN_SETTINGS } from "../../../core/extension/source.ts";
import { whole } from "../../quote.ts";
import { MISTAKES } from "./hostile-files.ts";
import { read } from "./toml-files.ts";

const only = (text: string) => read({ "a.toml": text });

describe("[agent]", () => {
  it.each([
    ["verbose = true", { value: true }],
    ["verbose = false", { value: false }],
    ["freeze-lease = 0", { value: "0" }],
    ["freeze-lease = 600", { value: "600" }],
    ['path = "/a,b"', { value: "/a,b" }],
    ["vsock-peers = 2", { value: "2" }],
    ["vsock-peers = [2, 3]", { value: "2,3" }],
    ['vsock-peers = "any"', { value: "any" }],
    ['block-rpcs = "a"', { items: [expect.objectContaining({ value: "a" })] }],
    ['block-rpcs = ["a,b", "c"]', { items: [expect.objectContaining({ value: "a,b" }), expect.objectContaining({ value: "c" })] }],
  ])("%s", (line, expected) => {
    const { config, errors } = only(`[agent]\n${line}\n`);
    expect(errors).toEqual([]);
    expect([...config.options.values()]).toEqual([expect.objectContaining(expected)]);
  });

  it("keeps the place of everything", () => {
    const { config } = only('[agent]\n\nverbose = true\nplugin = [\n  "/a",\n  "/b",\n]\n');
    expect(config.options.get("verbose")).toMatchObject({ origin: { line: 3 } });
    expect(config.options.get("plugin")).toMatchObject({ items: [{ origin: { line: 5 } }, { origin: { line: 6 } }] });
  });
});

describe("[audit] and [plugins]", () => {
  it("are taken", () => {
    const { config, errors } = only(`
[audit]
file = "/a/b.jsonl"
journal = true
except = ["guest-ping", "guest-sync*"]
[plugins.units]
enabled = false
isolate = true
user = "nobody"
memory-limit = "1 GiB"
start-timeout = 1.5
stop-timeout = 2
[plugins.units.options]
names = ["x"]
[plugins.other]
`);
    expect(errors).toEqual([]);
    expect(config.audit).toEqual({ file: "/a/b.jsonl", journal: true, except: ["guest-ping", "guest-sync*"] });
    expect(config.places.get("audit.file")).toMatchObject({ line: 3 });
    const { options, ...units } = config.plugins.get("units") ?? { options: undefined };
    expect(units).toMatchObject({ enabled: false, isolate: true, user: "nobody", memoryLimit: 1024, startMs: 1500, stopMs: 2000 });
    expect(options && plain(options)).toEqual({ names: ["x"] });
    expect(config.plugins.get("other")).toEqual({ ...DEFAULT_PLUGIN_SETTINGS, origin: expect.anything() });
  });
});

describe("a mistake is told with its line and what to do", () => {
  it.each(MISTAKES)("%j", (text, error) => {
    const { errors } = only(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(whole(error));
  });

  it("all at once, of all files", () => {
    const { errors } = read({ "a.toml": "[agent]\nverbos = true\nlogfil = 1\n[x]\n", "b.toml": "= 1", "c.toml": "[policy]\nblok = 1" });
    expect(errors.map((error) => error.split(": ", 1)[0])).toEqual(["b.toml:1", "a.toml:2", "a.toml:3", "c.toml:2", "a.toml:4"]);
  });
});

describe("several files", () => {
  it("join their lists", () => {
    const { config, errors } = read({
      "a.toml": '[agent]\nblock-rpcs = ["a"]\n[audit]\nexcept = "x"\n[plugins.p.options]\nlist = [1]\nsub.a = 1\n',
      "b.toml": '[agent]\nblock-rpcs = "b"\n[audit]\nexcept = ["y"]\n[plugins.p.options]\nlist = [2]\nsub.b = 2\n',
    });
    expect(errors).toEqual([]);
    const blocked = config.options.get("block-rpcs");
    expect(blocked && "items" in blocked ? blocked.items.map(({ value }) => value) : []).toEqual(["a", "b"]);
    expect(config.audit.except).toEqual(["x", "y"]);
    const options = config.plugins.get("p")?.options;
    expect(options && plain(options)).toEqual({ list: [1, 2], sub: { a: 1, b: 2 } });
  });

  it.each([
    ["[agent]\nfreeze-lease = 1", "[agent]\nfreeze-lease = 2", "'freeze-lease' of [agent]"],
    ["[agent]\nverbose = true", "[agent]\nverbose = false", "'verbose' of [agent]"],
    ['[audit]\nfile = "/a"', '[audit]\nfile = "/b"', "'file' of [audit]"],
    ["[plugins.p]\nisolate = true", "[plugins.p]\nisolate = false", "'isolate' of [plugins.p]"],
    ["[plugins.p]\noptions.x = 1", "[plugins.p]\noptions.x = 1.0", "'x'"],
    ["[plugins.p]\noptions.x = 1", "[plugins.p]\noptions.x = [1]", "'x'"],
    ["[plugins.p]\noptions.x.y = 1", "[plugins.p]\noptions.x.y = 2", "'y'"],
  ])("that contradict each other are named both: %j, %j", (one, other, what) => {
    expect(read({ "a.toml": one, "b.toml": other }).errors).toEqual([
      `b.toml:2: ${what} says something else in a.toml:2: leave one of them out`,
    ]);
    expect(read({ "a.toml": one, "b.toml": one }).errors).toEqual([]);
  });
});
