/** Files that are no configuration: what is in `a.toml`, and what is said about it. */

const DEEP = "a.toml…: lists and tables are nested more than 64 deep here: make them flatter";
const noToml = (line: number) => `a.toml:${line}: this is no TOML: …`;

export const BYTES: readonly (readonly [what: string, content: string | Uint8Array, says: string])[] = [
  ["not UTF-8", Buffer.from([0x61, 0xff, 0xfe]), "a.toml: this is not UTF-8: save the file as UTF-8"],
  ["UTF-16", Buffer.from("\ufeff[agent]\n", "utf16le"), "a.toml: this is not UTF-8: save the file as UTF-8"],
  ["a NUL", "[agent]\npath = '\0'\n", noToml(2)],
  ["escape sequences of a terminal", "[agent]\n\u001b[2J = 1\n", noToml(2)],
  ["nothing but brackets", "[".repeat(200_000), noToml(1)],
  ["a list in a list in a list", `[plugins.p.options]\na = ${"[".repeat(20_000)}${"]".repeat(20_000)}`, DEEP],
  ["a table in a table in a table", `[plugins.p.options]\na = ${"{a=".repeat(5_000)}1${"}".repeat(5_000)}`, DEEP],
  ["a key of many names", `[plugins.p.options]\n${"a.".repeat(50_000)}a = 1`, DEEP],
  ["a header of many names", `[plugins${".a".repeat(50_000)}]`, DEEP],
  ["more than 256 KiB", `# ${"x".repeat(256 * 1024)}\n`, "a.toml: this has more than 256 KiB: make it smaller, or divide it"],
  ["a key twice", "[agent]\nverbose = true\nverbose = false", noToml(3)],
  ["a table twice", "[agent]\n[agent]", noToml(2)],
  ["a shell script", "#!/bin/sh\nrm -rf /\n", noToml(2)],
  ["qemu-ga's own format", "[general]\ndaemon=true\n", "a.toml:1: [general] is unknown; there are agent, policy, audit, plugins"],
  ["JSON", '{"agent": {}}', noToml(1)],
  ["a name of a prototype", "__proto__ = 1\n", "a.toml:1: '__proto__' is unknown; there are agent, policy, audit, plugins"],
  ["a table of a prototype", "[agent.__proto__]\nverbose = true\n", "a.toml:1: [agent.__proto__] is unknown in [agent]"],
];

/** Mistakes, each with all that is said about it. */
export const MISTAKES: readonly (readonly [content: string, says: string])[] = [
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
  ["[plugins.a]\nmemory-limit = 256", "a.toml:2: 'memory-limit' of [plugins.a] is 256: write a number and B…"],
  ['[plugins.a]\nmemory-limit = "1 KiB"', `a.toml:2: 'memory-limit' of [plugins.a] is "1 KiB": write one from 32 MiB to 64 GiB`],
  [
    "[plugins.a]\nstart-timeout = 0",
    "a.toml:2: 'start-timeout' of [plugins.a] is 0: write a number of seconds, more than 0 and at most 3600",
  ],
  ["[plugins.a]\nstop-timeout = nan", "a.toml:2: 'stop-timeout' of [plugins.a] is NaN: write a number of seconds…"],
  ["[plugins.a]\nstop-timeout = inf", "a.toml:2: 'stop-timeout' of [plugins.a] is Infinity: write a number of seconds…"],
  ['[plugins.a]\nuser = "nobody"', "a.toml:2: 'user' is for a plugin in a process of its own: add isolate = true"],
  ['[plugins.a]\nisolate = true\nuser = "a b"', `a.toml:3: 'user' of [plugins.a] is "a b": write the name of a user`],
  ["[plugins.a]\noptions = []", "a.toml:2: 'options' of [plugins.a] has to be a table, not a list: write [plugins.a.options]"],
  ["[plugins.a]\noption.x = 1", "a.toml:2: [plugins.a.option] is unknown in [plugins.a]; is 'options' meant?"],
];
