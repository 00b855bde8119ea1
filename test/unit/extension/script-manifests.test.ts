/** Manifests, good and bad: what each comes to, or everything that is said about it. */
import { chmodSync, chownSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { problemText } from "../../../core/config/problems.ts";
import { NAME_RULE } from "../../../core/extension/names.ts";
import { checkManifest } from "../../../core/extension/script/check.ts";
import { scriptPlugins } from "../../../core/extension/script/index.ts";
import { ScriptFolder } from "./script-folder.ts";

let folder: ScriptFolder;
beforeEach(() => {
  folder = new ScriptFolder();
});
afterEach(() => folder.remove());

const PROGRAM = "#!/bin/sh\necho '{}'\n";
const HEAD = 'command = "guest-x"\nsummary = "Tests."\n';

/** What is said, one text a problem, without the folder. */
function said(path = join(folder.path, "x.toml")): string[] {
  return checkManifest(path).map((problem) => problemText(problem).replaceAll(folder.path, "DIR"));
}

describe("what is wrong with a manifest", () => {
  const type = '"string", "integer", "number", "boolean", "bytes", "list", "object"';
  const name = `use ${NAME_RULE}`;
  const rows: readonly (readonly [manifest: string, problems: readonly string[]])[] = [
    [
      "",
      [
        "1: 'command' is missing: write command = \"guest-x\"",
        "1: 'summary' is missing: write summary = \"Says in one sentence what it does.\"",
      ],
    ],
    ['command = "guest-x"\nsummary = ""\n', ["2: 'summary' is empty: write summary = \"Says in one sentence what it does.\""]],
    ["command = 5\nsummary = true\n", ["1: 'command' is 5: write a text in quotes", "2: 'summary' is true: write a text in quotes"]],
    ['command = "Guest_X"\nsummary = "x"\n', [`1: 'Guest_X' is no name for a command: ${name}`]],
    [`command = "a${"b".repeat(64)}"\nsummary = "x"\n`, [`1: 'a${"b".repeat(64)}' is no name for a command: ${name}`]],
    [`${HEAD}command = "guest-y"\n`, ["3: this is no TOML: Defining a key multiple times is invalid"]],
    [`${HEAD}tiemout = 5\n`, ["3: 'tiemout' is unknown; is 'timeout' meant?"]],
    [`${HEAD}[argument.x]\ntype = "string"\n`, ["3: [argument] is unknown; is 'arguments' meant?"]],
    [`${HEAD}timeout = "5s"\n`, ["3: 'timeout' is \"5s\": write a number of seconds, more than 0 and at most 86400"]],
    [`${HEAD}timeout = 0\n`, ["3: 'timeout' is 0: write a number of seconds, more than 0 and at most 86400"]],
    [`${HEAD}timeout = inf\n`, ["3: 'timeout' is Infinity: write a number of seconds, more than 0 and at most 86400"]],
    [`${HEAD}max-output = "1 TB"\n`, ['3: \'max-output\' is "1 TB": write a number and B, KiB, MiB or GiB, such as "256 MiB"']],
    [`${HEAD}max-output = "1 GiB"\n`, ["3: 'max-output' is \"1 GiB\": write one from 1 B to 64 MiB"]],
    [`${HEAD}concurrency = 0\n`, ["3: 'concurrency' is 0: write a whole number from 1 to 64"]],
    [`${HEAD}profile = "backups"\n`, ['3: \'profile\' is "backups": write one of "observe", "backup", "standard"; is "backup" meant?']],
    [`${HEAD}while-frozen = "no"\n`, ["3: 'while-frozen' is \"no\": write true or false"]],
    [`${HEAD}args = ["a", 1]\n`, ["3: 'args' is 1: write a text in quotes"]],
    [`${HEAD}args = ["a\\u0000"]\n`, ["3: 'args' is \"a\\u0000\": leave the NUL character out"]],
    [`${HEAD}user = "a b"\n`, ["3: 'user' is \"a b\": write a user's name"]],
    [`${HEAD}user = 1000\n`, ["3: 'user' is 1000: write a user's name"]],
    [`${HEAD}program = ""\n`, ["3: 'program' is empty: leave it out, or write a file's name"]],
    [
      `${HEAD}program = "gone.py"\n`,
      ["DIR/x.toml: its program can't be used: DIR/gone.py: there is no such file: put the program there, or write another 'program'"],
    ],
    [`${HEAD}environment.LODGER_COMMAND = "x"\n`, ["3: 'LODGER_COMMAND' of [environment] is set by lodger: leave it out"]],
    [
      `${HEAD}[environment]\n"A B" = "x"\nC = 5\n`,
      [
        "4: 'A B' of [environment] is no name of a variable: letters, digits and '_'",
        "5: 'C' of [environment] is 5: write a text in quotes",
      ],
    ],
    [
      `${HEAD}user = "nobody"\nenvironment.LD_PRELOAD = "x"\n`,
      ["4: 'LD_PRELOAD' of [environment] can't be set for another user: set it in the program"],
    ],
    [`${HEAD}arguments = "none"\n`, ["3: 'arguments' has to be a table, not \"none\": write [arguments]"]],
    [
      `${HEAD}[arguments]\npath = "string"\n`,
      ["4: 'arguments.path' has to be a table with its type: [arguments.path] and below it type = \"string\""],
    ],
    [
      `${HEAD}[arguments."a b"]\ntype = "string"\n`,
      ["3: 'a b' is no name: write letters, digits, '-' and '_', a letter first, at most 64"],
    ],
    [
      `${HEAD}[arguments.__proto__]\ntype = "string"\n`,
      ["3: '__proto__' is no name: write letters, digits, '-' and '_', a letter first, at most 64"],
    ],
    [
      `${HEAD}[arguments.n]\noptional = true\n`,
      ["3: 'type' of [arguments.n] is missing: write one of string, integer, number, boolean, bytes, list, object"],
    ],
    [`${HEAD}[arguments.n]\ntype = "int"\n`, [`4: 'type' of [arguments.n] is "int": write one of ${type}`]],
    [`${HEAD}[arguments.n]\ntype = "strings"\n`, [`4: 'type' of [arguments.n] is "strings": write one of ${type}; is "string" meant?`]],
    [
      `${HEAD}[arguments.n]\ntype = "list"\n`,
      ['3: [arguments.n] is a list of what? write items = "string", or a table [arguments.n.items]'],
    ],
    [
      `${HEAD}[arguments.n]\nitems = "list"\n`,
      ['4: \'items\' of [arguments.n] is "list": write one of "string", "integer", "number", "boolean", "bytes"'],
    ],
    [
      `${HEAD}[arguments.n]\ntype = "object"\n`,
      ["3: [arguments.n] is an object without members: write [arguments.n.members.NAME] for each"],
    ],
    [`${HEAD}[arguments.n]\nenum = []\n`, ["4: 'enum' of [arguments.n] needs at least one text, and none twice"]],
    [`${HEAD}[arguments.n]\nenum = ["a", "a"]\n`, ["4: 'enum' of [arguments.n] needs at least one text, and none twice"]],
    [`${HEAD}[arguments.n]\ntype = "integer"\nenum = ["a"]\n`, ["5: 'enum' is unknown in [arguments.n]: it is for a string"]],
    [
      `${HEAD}[arguments.n]\ntype = "integer"\ndefault = 1.5\n`,
      ["5: 'default' of [arguments.n] is no value that this argument can have: change it, or leave it out"],
    ],
    [
      `${HEAD}[arguments.n]\ntype = "integer"\ndefault = 9007199254740993\n`,
      ["5: 'default' of [arguments.n] is 9007199254740993: write a text, a number up to 2^53, true or false"],
    ],
    [
      `${HEAD}[arguments.n]\nenum = ["a"]\ndefault = "b"\n`,
      ["5: 'default' of [arguments.n] is no value that this argument can have: change it, or leave it out"],
    ],
    [
      `${HEAD}[arguments.n]\ntype = "bytes"\ndefault = "b"\n`,
      ["5: 'default' of [arguments.n] is no value that this argument can have: change it, or leave it out"],
    ],
    [
      `${HEAD}[arguments.n]\ntype = "integer"\nrole = "path"\n`,
      ["5: 'role' of [arguments.n] is for a text or a list of texts: leave it out"],
    ],
    [
      `${HEAD}[arguments.n]\ntype = "string"\nrole = "file"\n`,
      ['5: \'role\' of [arguments.n] is "file": write one of "path", "program", "environment"'],
    ],
    [`${HEAD}[arguments.n]\ntype = "string"\nsecrets = true\n`, ["5: 'secrets' is unknown in [arguments.n]; is 'secret' meant?"]],
    [`${HEAD}[returns]\ntype = "string"\ndefault = "x"\n`, ["5: 'default' is unknown in [returns]: it is for an argument"]],
    [
      `${HEAD}[returns.members.a.members.b]\ntype = "sting"\n`,
      [`4: 'type' of [returns.members.a.members.b] is "sting": write one of ${type}; is "string" meant?`],
    ],
    ["command = [\n", ["2: this is no TOML: Unspecified values are invalid"]],
  ];

  test.each(rows)("%j", (manifest, problems) => {
    folder.write("x.sh", PROGRAM);
    folder.write("x.toml", manifest, 0o644);
    expect(said()).toEqual(problems.map((text) => (text.startsWith("DIR") ? text : `DIR/x.toml:${text}`)));
  });

  test("everything at once, and the same when it is loaded", async () => {
    folder.write("x.toml", 'comand = "x"\ntimeout = -1\n[arguments.a]\n[returns]\ntype = "x"\n', 0o644);
    expect(said()).toHaveLength(7);
    const load = await folder.load("x").catch((error: Error) => error.message);
    expect(String(load).replaceAll(folder.path, "DIR")).toBe(said().join("; "));
  });

  test("bytes that are no UTF-8", () => {
    folder.write("x.toml", Buffer.from([0xff, 0xfe]), 0o644);
    expect(said()).toEqual(["DIR/x.toml: this is not UTF-8: save the file as UTF-8"]);
  });

  test("names of files that no plugin can have", () => {
    folder.write("Disk_Health.toml", HEAD, 0o644);
    expect(said(join(folder.path, "Disk_Health.toml"))[0]).toBe(`DIR/Disk_Health.toml: 'Disk_Health' is no name for a plugin: ${name}`);
  });

  test("a manifest that isn't there, and none that others may write", () => {
    expect(said()).toEqual([expect.stringMatching(/^DIR\/x.toml: ENOENT: no such file or directory/)]);
    folder.write("x.toml", HEAD, 0o666);
    expect(said()).toEqual(["DIR/x.toml: others than its owner may write to it: 'chmod go-w DIR/x.toml'"]);
  });
});

describe("the program beside it", () => {
  const none = "DIR/x.toml: it has no program: ";
  const rows: readonly (readonly [files: Readonly<Record<string, number>>, problems: readonly string[]])[] = [
    [{ x: 0o755 }, []],
    [{ "x.sh": 0o755, "x.md": 0o644, y: 0o755 }, []],
    [{}, [`${none}there is no file 'x' or 'x.*' beside it; write program = "FILE"`]],
    [{ xy: 0o755 }, [`${none}there is no file 'x' or 'x.*' beside it; write program = "FILE"`]],
    [{ "x.sh": 0o755, "x.py": 0o755 }, [`${none}there are several: x.py, x.sh; write program = "FILE"`]],
    [{ "x.sh": 0o644, "x.py": 0o644 }, [`${none}there are several: x.py, x.sh; write program = "FILE"`]],
    [{ "x.sh": 0o644 }, ["DIR/x.toml: its program can't be used: DIR/x.sh: it may not be executed: 'chmod +x DIR/x.sh'"]],
    [{ "x.sh": 0o777 }, ["DIR/x.toml: its program can't be used: DIR/x.sh: others than its owner may write to it: 'chmod go-w DIR/x.sh'"]],
  ];

  test.each(rows)("%j", (files, problems) => {
    folder.write("x.toml", HEAD, 0o644);
    for (const [name, mode] of Object.entries(files)) folder.write(name, PROGRAM, mode);
    expect(said()).toEqual(problems);
  });
});

describe("programs that can't be used", () => {
  const unusable = (text: string) => [`DIR/x.toml: its program can't be used: ${text}`];

  const heads: readonly (readonly [head: string, problem: string | undefined])[] = [
    ["#!/bin/sh", undefined],
    ["#! /bin/sh -e\n", undefined],
    ["#!/usr/bin/env sh\n", undefined],
    ["#!/usr/bin/env -S sh -e\n", undefined],
    ["\x7fELF\0", undefined],
    ["#!/bin/sh\r\necho\r\n", "DIR/x: its lines end as on Windows, and no interpreter is called so: 'sed -i \"s/\\r$//\" DIR/x'"],
    ["echo '{}'\n", "DIR/x: its first line has to name what runs it: '#!/bin/sh', '#!/usr/bin/python3'"],
    ["", "DIR/x: its first line has to name what runs it: '#!/bin/sh', '#!/usr/bin/python3'"],
    ["\uFEFF#!/bin/sh\n", "DIR/x: its first line has to name what runs it: '#!/bin/sh', '#!/usr/bin/python3'"],
    ["#!python3\n", "DIR/x: its first line has to name what runs it by its whole path: '#!/bin/sh'"],
    ["#!\n", "DIR/x: its first line has to name what runs it by its whole path: '#!/bin/sh'"],
    ["#!/usr/bin/pythn\n", "/usr/bin/pythn: DIR/x needs it, and it isn't there: install it, or change the program's first line"],
    [`#!/${"x".repeat(300)}\n`, "DIR/x: its first line is too long for the kernel: at most 255 bytes"],
    [
      "#!/usr/bin/env pythn\n",
      "DIR/x: it is run by 'pythn', which isn't in /usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin: install it, or set PATH in [environment]",
    ],
  ];
  test.each(heads)("first line %j", (head, problem) => {
    folder.manifest("x");
    folder.write("x", head);
    expect(said()).toEqual(problem === undefined ? [] : unusable(problem));
  });

  test("an interpreter that others may change, by its path and by env", () => {
    const interpreter = folder.write("mine", PROGRAM, 0o777);
    const refused = unusable("DIR/mine: others than its owner may write to it: 'chmod go-w DIR/mine'");
    folder.script("x", `#!${interpreter}\n`);
    expect(said()).toEqual(refused);
    folder.script("x", "#!/usr/bin/env mine\n", `environment.PATH = "${folder.path}:/usr/bin"\n`);
    expect(said()).toEqual(refused);
  });

  test("another user's file, and a file in another user's folder", () => {
    folder.manifest("x");
    chownSync(folder.write("x", PROGRAM), 65534, 65534);
    expect(said()).toEqual(unusable("DIR/x: this belongs to user 65534, who could change it: 'chown root DIR/x'"));
    mkdirSync(join(folder.path, "home"));
    chownSync(join(folder.path, "home"), 65534, 65534);
    folder.write("home/x", PROGRAM);
    folder.manifest("x", 'program = "home/x"\n');
    expect(said()).toEqual(unusable("DIR/home: this belongs to user 65534, who could change it: 'chown root DIR/home'"));
  });

  test("a link is what it leads to; one in another user's folder is that user's, wherever it leads", () => {
    folder.manifest("x", 'program = "link"\n');
    symlinkSync("/bin/cat", join(folder.path, "link"));
    expect(said()).toEqual([]);
    mkdirSync(join(folder.path, "home"));
    symlinkSync("/bin/cat", join(folder.path, "home/cat"));
    symlinkSync("home/cat", join(folder.path, "hop"));
    folder.manifest("x", 'program = "hop"\n');
    expect(said()).toEqual([]);
    chownSync(join(folder.path, "home"), 65534, 65534);
    expect(said()).toEqual(unusable("DIR/home: this belongs to user 65534, who could change it: 'chown root DIR/home'"));
    folder.write("theirs", PROGRAM, 0o777);
    symlinkSync("theirs", join(folder.path, "out"));
    folder.manifest("x", 'program = "out"\n');
    expect(said()).toEqual(unusable("DIR/theirs: others than its owner may write to it: 'chmod go-w DIR/theirs'"));
  });

  test("a link to itself, a folder, a device and a folder that anybody may write to", () => {
    symlinkSync("loop", join(folder.path, "loop"));
    folder.manifest("x", 'program = "loop"\n');
    expect(said()[0]).toContain("DIR/loop: it can't be opened: ELOOP");
    folder.manifest("x", 'program = "."\n');
    expect(said()).toEqual(unusable("DIR: this is no regular file: put the program there"));
    folder.manifest("x", 'program = "/dev/null"\n');
    expect(said()).toEqual(unusable("/dev/null: this is no regular file: put the program there"));
    folder.script("x", PROGRAM);
    chmodSync(folder.path, 0o777);
    expect(said()[0]).toContain("DIR: others than its owner may write to it");
  });
});

describe("a folder", () => {
  test("each manifest is a source, in their order; nothing else is", () => {
    for (const name of ["b.toml", "a.toml", ".hidden.toml", "c.toml~", "a", "d.txt"]) folder.write(name, "x");
    const sources = scriptPlugins(folder.path).map(({ name, kind, file }) => [name, kind, file]);
    expect(sources).toEqual([
      ["a", "script", join(folder.path, "a.toml")],
      ["b", "script", join(folder.path, "b.toml")],
    ]);
  });

  test("that isn't there has none; what is no folder is told", () => {
    expect(scriptPlugins(join(folder.path, "none"))).toEqual([]);
    const file = folder.write("file", "");
    expect(() => scriptPlugins(file)).toThrow(`${file}: the manifests of scripts can't be listed: ENOTDIR`);
  });
});

test("every key, and what the command declares of it", async () => {
  folder.script(
    "x",
    PROGRAM,
    `since = "2.1"
program = "x"
args = ["--json", "-v"]
timeout = 2.5
while-frozen = true
profile = "observe"
privilege = "root"
max-output = "64 KiB"
concurrency = 4
environment.TZ = "UTC"
[arguments.path]
type = "string"
role = "path"
description = "where"
default = "/"
[arguments.token]
type = "string"
secret = true
optional = true
[arguments.level]
enum = ["low", "high"]
[arguments.sizes]
items = "integer"
[arguments.data]
type = "bytes"
[returns]
[returns.members.units]
type = "list"
[returns.members.units.items.members.name]
type = "string"
[returns.members.units.items.members.load]
type = "number"
optional = true
`,
  );
  expect(said()).toEqual([]);
  const { name, since, summary, whileFrozen, profile, privilege, arguments: args, returns } = await folder.command("x");
  expect({ name, since, summary, whileFrozen, profile, privilege }).toEqual({
    name: "guest-x",
    since: "2.1",
    summary: "Tests.",
    whileFrozen: true,
    profile: "observe",
    privilege: "root",
  });
  const closed = { additionalProperties: false, plain: true };
  const string = { type: "string" };
  expect(JSON.parse(JSON.stringify(args))).toEqual({
    type: "object",
    required: ["level", "sizes", "data"],
    properties: {
      path: { ...string, role: "path", description: "where", default: "/" },
      token: { ...string, secret: true },
      level: { ...string, enum: ["low", "high"] },
      sizes: { type: "array", items: { int64: true } },
      data: { base64: true },
    },
    ...closed,
  });
  const unit = { type: "object", required: ["name"], properties: { name: string, load: { double: true } }, ...closed };
  expect(JSON.parse(JSON.stringify(returns))).toEqual({
    type: "object",
    required: ["units"],
    properties: { units: { type: "array", items: unit } },
    ...closed,
  });
});
