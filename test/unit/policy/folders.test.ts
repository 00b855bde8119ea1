/** guest-file-open limited to folders: ways around that, on a real file system, and what is handed on to who opens. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Policy } from "../../../core/policy/policy.ts";
import { ask, commandOf, rulesOf } from "./ask.ts";

const home = realpathSync(mkdtempSync(join(tmpdir(), "lodger-folders-")));
for (const folder of ["srv/data/sub", "srv/data-other", "etc/ssh", "real"]) mkdirSync(join(home, folder), { recursive: true });
for (const file of ["srv/data/a", "srv/data/sub/b", "srv/data-other/c", "etc/passwd", "etc/ssh/key", "real/d"])
  writeFileSync(join(home, file), "");
symlinkSync("../../etc", join(home, "srv/data/out"));
symlinkSync("../../etc/passwd", join(home, "srv/data/passwd"));
symlinkSync("../../etc/new", join(home, "srv/data/dangling"));
symlinkSync("sub/b", join(home, "srv/data/within"));
symlinkSync("loop", join(home, "srv/data/loop"));
symlinkSync("srv/data", join(home, "link"));
symlinkSync(join(home, "real"), join(home, "srv/linked"));
afterAll(() => rmSync(home, { recursive: true }));

const open = commandOf("guest-file-open");
const data = join(home, "srv/data");

const allowing = new Policy(
  rulesOf(`[[allow-if]]
commands = "guest-file-open"
arguments.path.inside = ["${data}/", "${home}/srv/linked", "${home}/etc/passwd", "${home}/none/at/all"]
arguments.mode.one-of = ["r", "rb"]`),
);

describe("guest-file-open, limited to folders", () => {
  test.each([
    [`${data}/a`, true],
    [`${data}/sub/b`, true],
    [`${data}/new`, true],
    [`${data}/new/deep`, true],
    [data, true],
    [`${data}/`, true],
    [`${data}/within`, true],
    [`${home}/link/a`, true],
    [`${home}/etc/../srv/data/a`, true],
    [`//${data}//a`, true],
    [`/proc/self/root${data}/a`, true],
    [relative(process.cwd(), `${data}/a`), true],
    [`${home}/real/d`, true],
    [`${home}/srv/linked/d`, true],
    [`${home}/etc/passwd`, true],
    [`${data}/passwd`, true],
    [`${home}/none/at/all/x`, true],
    [`${home}/etc/ssh/key`, false],
    [`${home}/etc/passwd2`, false],
    [`${data}-other/c`, false],
    [`${data}/../data-other/c`, false],
    [`${data}/../../etc/ssh/key`, false],
    [`${data}/sub/../../../etc/ssh/key`, false],
    [`${data}/out/ssh/key`, false],
    [`${data}/out/../etc/ssh/key`, false],
    [`${data}/dangling`, false],
    [`${data}/loop`, false],
    [`${data}/none/../../../etc/ssh/key`, false],
    [`${data}/a/../../../etc/ssh/key`, false],
    [`/proc/self/root${home}/etc/ssh/key`, false],
    [`/proc/self/fd/0`, false],
    [`/proc/self/environ`, false],
    [`${data}/a\0`, false],
    [`${data.toUpperCase()}/a`, false],
    ["", false],
    ["/", false],
    [".", false],
    [home, false],
  ])("%s: %j", async (path, allowed) => {
    expect((await ask(allowing, open, { path })).decision.allowed).toBe(allowed);
  });

  test("takes the mode that the command would", async () => {
    const path = `${data}/a`;
    expect((await ask(allowing, open, { path, mode: "r" })).decision.allowed).toBe(true);
    expect((await ask(allowing, open, { path, mode: "rb" })).decision.allowed).toBe(true);
    for (const mode of ["w", "r+", "a", "rw", "R", ""]) expect((await ask(allowing, open, { path, mode })).decision.allowed).toBe(false);
  });

  test("who opens holds to the folders as they were written", async () => {
    const { confinements } = await ask(allowing, open, { path: `${data}/a` });
    expect(confinements).toEqual({ path: { inside: [`${home}/etc/passwd`, `${home}/none/at/all`, data, `${home}/srv/linked`] } });
  });
});

const inside = (folder: string, more = "") =>
  `[[allow-if]]\ncommands = "guest-file-open"\narguments.path.inside = ["${folder}"]\n${more}\n`;
const blocked = (folder: string, more = "") => `[[block-if]]\ncommands = "guest-file-*"\narguments.path.inside = ["${folder}"]\n${more}\n`;

describe("what is handed on", () => {
  const cases: readonly (readonly [what: string, files: readonly string[], path: string, expected: object])[] = [
    [
      "the folders of all rules that match",
      [inside(data), inside(`${home}/srv`)],
      `${data}/a`,
      { path: { inside: [`${home}/srv`, data] } },
    ],
    ["only of those that match", [inside(data), inside(`${home}/etc`)], `${data}/a`, { path: { inside: [data] } }],
    [
      "only of those whose other conditions hold",
      [inside(data), inside(`${home}/srv`, 'arguments.mode.one-of = ["w"]')],
      `${data}/a`,
      { path: { inside: [data] } },
    ],
    [
      "nothing, if a rule that matches has no folder",
      [inside(data), `[[allow-if]]\ncommands = "*"\narguments.mode.one-of = ["r"]`],
      `${data}/a`,
      {},
    ],
    ["what is blocked", [blocked(`${home}/etc/ssh`)], `${data}/a`, { path: { outside: [`${home}/etc/ssh`] } }],
    [
      "both",
      [inside(home), blocked(`${home}/etc/ssh`), blocked(`${home}/real`)],
      `${data}/a`,
      { path: { inside: [home], outside: [`${home}/etc/ssh`, `${home}/real`] } },
    ],
    ["not what is blocked only for others", [blocked(`${home}/etc`, 'arguments.mode.one-of = ["w"]')], `${data}/a`, {}],
    ["nothing without rules", [""], `${data}/a`, {}],
  ];
  test.each(cases)("%s", async (_, files, path, expected) => {
    const asked = await ask(new Policy(rulesOf(...files)), open, { path });
    expect(asked.decision.allowed).toBe(true);
    expect(asked.confinements).toEqual(expected);
  });
});

describe("a folder that is blocked", () => {
  const policy = new Policy(rulesOf(blocked(`${home}/etc/ssh`)));
  test.each([
    [`${home}/etc/ssh/key`, false],
    [`${home}/etc/ssh`, false],
    [`${home}/etc/ssh/new`, false],
    [`${home}/srv/data/out/ssh/key`, false],
    [`${home}/etc/../etc/ssh/key`, false],
    [`/proc/self/root${home}/etc/ssh/key`, false],
    [relative(process.cwd(), `${home}/etc/ssh/key`), false],
    // nobody knows where it leads
    [`${home}/none/../etc/ssh/key`, false],
    [`${home}/srv/data/loop`, false],
    [`${home}/etc/ssh/key\0`, false],
    ["", false],
    [`${home}/etc/sshd`, true],
    [`${home}/etc/passwd`, true],
    [`${home}/none/x`, true],
  ])("%s: %j", async (path, allowed) => {
    expect((await ask(policy, open, { path })).decision.allowed).toBe(allowed);
  });

  test("by a link in the rule", async () => {
    const linked = new Policy(rulesOf(blocked(`${home}/link`)));
    expect((await ask(linked, open, { path: `${data}/a` })).decision.allowed).toBe(false);
  });
});
