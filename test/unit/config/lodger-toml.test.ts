/** lodger.toml: what is taken, and what is said about what isn't. */
import { describe, expect, it } from "vitest";
import { plain } from "../../../core/config/toml.ts";
import { DEFAULT_PLUGIN_SETTINGS } from "../../../core/extension/source.ts";
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
  it.each([
    ["[agent]\nverbos = true", "a.toml:2: 'verbos' is unknown in [agent]; is 'verbose' meant?"],
    ["[agent]\ndaemon = true", "a.toml:2: 'daemon' is unknown in [agent]: here it is called 'daemonize'"],
    ["[agent]\nblacklist = []", "a.toml:2: 'blacklist' is unknown in [agent]: here it is called 'block-rpcs'"],
    ["[agent]\nhelp = true", "a.toml:2: 'help' is unknown in [agent]: it is for the command line only"],
    ['[agent]\nverbose = "yes"', `a.toml:2: 'verbose' of [agent] is "yes": write true or false`],
    ["[agent]\nverbose = 1", "a.toml:2: 'verbose' of [agent] is 1: write true or false"],
    ["[agent]\npath = 5", "a.toml:2: 'path' of [agent] is 5: write a text in quotes"],
    ["[agent]\npath = 1979-05-27", "a.toml:2: 'path' of [agent] is a date: write a text in quotes"],
    ['[agent]\npath = "a\\u0000b"', `a.toml:2: 'path' of [agent] is "a\\u0000b": leave the NUL character out`],
    ['[agent]\nfreeze-lease = "600"', `a.toml:2: 'freeze-lease' of [agent] is "600": write a whole number, without quotes`],
    ["[agent]\nfreeze-lease = 1.5", "a.toml:2: 'freeze-lease' of [agent] is 1.5: write a whole number, without quotes"],
    ["[agent]\nvsock-peers = [2, true]", `a.toml:2: 'vsock-peers' of [agent] is a list: write a list of numbers, or "any"`],
    ['[agent]\nblock-rpcs = "a,b"', `a.toml:2: 'block-rpcs' of [agent] is "a,b": write more than one as a list: ["a", "b"]`],
    ['[agent]\nblock-rpcs = [\n"a",\n5]', "a.toml:4: 'block-rpcs' of [agent] is 5: write a text in quotes"],
    ["[agent]\nblock-rpcs = {}", `a.toml:2: 'block-rpcs' of [agent] is a table: write a list, such as ["a", "b"]`],
    ["agent = 1", "a.toml:1: 'agent' has to be a table, not 1: write [agent]"],
    ["[[agent]]", "a.toml:1: 'agent' has to be a table, not a list: write [agent]"],
    ["verbose = true", "a.toml:1: 'verbose' is unknown: if it is an option of the agent, write it below [agent]"],
    ["[polices]", "a.toml:1: [polices] is unknown; is 'policy' meant?"],
    ["[plugin.x]", "a.toml:1: [plugin] is unknown; is 'plugins' meant?"],
    ["[x]", "a.toml:1: [x] is unknown; there are agent, policy, audit, plugins"],
    ['[audit]\nfile = "a.jsonl"', `a.toml:2: 'file' of [audit] is "a.jsonl": write a path that begins with /`],
    ["[audit]\njornal = true", "a.toml:2: 'jornal' is unknown in [audit]; is 'journal' meant?"],
    ["[plugins]\nenabled = true", "a.toml:2: 'enabled' of [plugins] has to be a table, not true: write [plugins.enabled]"],
    [
      "[plugins.Bad_Name]",
      "a.toml:1: 'Bad_Name' is no plugin's name: use small letters, digits and single dashes between them, beginning with a letter, at most 64",
    ],
    [
      '[plugins.a]\nmemory-limit = "256 MB"',
      `a.toml:2: 'memory-limit' of [plugins.a] is "256 MB": write a number and B, KiB, MiB or GiB, such as "256 MiB"`,
    ],
    ["[plugins.a]\nmemory-limit = 256", /'memory-limit' of \[plugins\.a\] is 256: write a number and B/],
    ['[plugins.a]\nmemory-limit = "1 KiB"', `a.toml:2: 'memory-limit' of [plugins.a] is "1 KiB": write one from 32 MiB to 64 GiB`],
    [
      "[plugins.a]\nstart-timeout = 0",
      "a.toml:2: 'start-timeout' of [plugins.a] is 0: write a number of seconds, more than 0 and at most 3600",
    ],
    ["[plugins.a]\nstop-timeout = nan", /'stop-timeout' of \[plugins\.a\] is NaN: write a number of seconds/],
    ["[plugins.a]\nstop-timeout = inf", /'stop-timeout' of \[plugins\.a\] is Infinity: write a number of seconds/],
    ['[plugins.a]\nuser = "nobody"', "a.toml:2: 'user' is for a plugin in a process of its own: add isolate = true"],
    ['[plugins.a]\nisolate = true\nuser = "a b"', `a.toml:3: 'user' of [plugins.a] is "a b": write the name of a user`],
    ["[plugins.a]\noptions = []", "a.toml:2: 'options' of [plugins.a] has to be a table, not a list: write [plugins.a.options]"],
    ["[plugins.a]\noption.x = 1", "a.toml:2: [plugins.a.option] is unknown in [plugins.a]; is 'options' meant?"],
  ])("%j", (text, error) => {
    const { errors } = only(text);
    expect(errors).toHaveLength(1);
    if (error instanceof RegExp) expect(errors[0]).toMatch(error);
    else expect(errors[0]).toBe(error);
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
