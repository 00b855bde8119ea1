/** What only shows beside the commands: names that nobody has, conditions that can't hold, programs that others can change. */
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { problemText } from "../../../core/config/problems.ts";
import { checkPolicy, hasRules } from "../../../core/policy/check-policy.ts";
import { qemuLists } from "../../../core/policy/qemu-lists.ts";
import { NO_RULES } from "../../../core/policy/rules.ts";
import { COMMANDS, read } from "./ask.ts";

function check(toml: string, lists = { blockRpcs: [] as string[], allowRpcs: [] as string[] }): string[] {
  const { rules, problems } = read(toml);
  expect(problems.list.map(problemText)).toEqual([]);
  checkPolicy({ ...rules, ...qemuLists(lists) }, COMMANDS, problems);
  return problems.list.map(problemText);
}

const condition = (commands: string, text: string, kind = "allow-if") => `[[${kind}]]\ncommands = ${commands}\narguments.${text}`;

const ROWS: readonly (readonly [toml: string, ...problems: readonly (string | RegExp)[]])[] = [
  ["", ...[]],
  ['profile = "backup"\nallow = ["guest-exec", "guest-get-*"]\nblock = "guest-set-*"'],
  ['allow = "guest-pnig"', "1.toml:1: warning: there is no command 'guest-pnig'; is 'guest-ping' meant?"],
  ['block = "guest-pnig"', /^1.toml:1: warning: there is no command 'guest-pnig'/],
  ['allow = "systemd-units-list"', "1.toml:1: warning: there is no command 'systemd-units-list'; check it, or the plugin that brings it"],
  ['block = "vm-*"', "1.toml:1: warning: there is no command 'vm-*'; check it, or the plugin that brings it"],
  [
    '[[limit]]\ncommands = ["guest-ping",\n"guest-exce"]\nrate = "1/s"',
    "1.toml:3: warning: there is no command 'guest-exce'; is 'guest-exec' meant?",
  ],
  [condition('"guest-exce"', 'path.like = "a"'), /^1.toml:2: warning: there is no command 'guest-exce'/],
  ['block = "*"', /^1.toml:1: warning: '\*' blocks guest-sync-delimited and guest-sync: most clients begin with one/],
  ['block = "guest-sync"', /blocks guest-sync:/],
  [
    'allow = "guest-exec"\nblock = "guest-e*"',
    "1.toml:1: warning: 'guest-exec' has no effect here: all that it names is blocked, and a block always wins",
  ],
  ['allow = "guest-exec*"\nblock = "guest-exec"'],
  ['[[limit]]\ncommands = "guest-sync"\nrate = "1/s"', /^1.toml:2: warning: guest-sync is never limited/],
  ['[[limit]]\ncommands = "guest-fsfreeze-thaw"\nrate = "1/s"', /guest-fsfreeze-thaw is never limited/],
  ['[[limit]]\ncommands = "guest-*"\nrate = "1/s"'],
  // arguments
  [condition('"guest-exec"', 'pth.like = "a"'), "1.toml:3: guest-exec has no argument 'pth'; is 'path' meant?"],
  [condition('"guest-ping"', 'path.like = "a"'), "1.toml:3: guest-ping has no argument 'path'"],
  [condition('"guest-ping"', "path.absent = true"), "1.toml:3: guest-ping has no argument 'path'"],
  [
    condition('"guest-file-*"', 'path.inside = "/srv"'),
    /^1.toml:3: warning: guest-file-close \(and 4 more\) has no argument 'path', so this rule never allows it$/,
  ],
  [condition('"guest-file-*"', 'path.inside = "/srv"', "block-if"), /so this rule never blocks it$/],
  [condition('"guest-file-open"', 'path.inside = "/srv"')],
  [condition('"guest-file-open"', 'mode.inside = "/srv"'), /^1.toml:3: 'mode' of guest-file-open is not declared as a path/],
  [condition('"guest-exec"', 'path.inside = "/srv"'), /is not declared as a path/],
  [condition('"guest-file-open"', 'path.program = "/bin/true"'), /is not declared as a program/],
  [condition('"guest-exec"', 'arg.sequence = ["-h"]')],
  [condition('"guest-exec"', 'path.sequence = ["-h"]'), /is no list of texts, so 'sequence' never holds/],
  [condition('"guest-set-vcpus"', 'vcpus.sequence = ["-h"]'), /is no list of texts/],
  [condition('"guest-set-vcpus"', "vcpus.at-most = 4")],
  [condition('"guest-set-time"', 'time.like = "1*"'), /is no text, so 'like' never holds/],
  [condition('"guest-set-time"', 'time.one-of = "1"'), /^1.toml:3: 'time' of guest-set-time can't be "1": write values of its type$/],
  [condition('"guest-set-time"', "time = { at-least = 0, at-most = 9223372036854775807 }")],
  [condition('"guest-file-open"', "mode.one-of = 1"), /can't be 1/],
  [condition('"guest-file-open"', 'mode.one-of = ["r", true]'), /can't be true/],
  [
    condition('"guest-file-open"', "mode.absent = true"),
    /^1.toml:3: 'mode' of guest-file-open is never absent: without it the command takes "r"; write one-of$/,
  ],
  [condition('"guest-exec"', "env.absent = true")],
  [condition('"guest-exec"', 'capture-output.one-of = [true, "stdout"]')],
  [condition('"guest-exec"', 'capture-output.one-of = "both"'), /can't be "both"/],
  [condition('"guest-exec"', "capture-output.one-of = 1"), /can't be 1/],
  [condition('"guest-exec"', 'input-data.one-of = "x"'), /is bytes, so 'one-of' never holds/],
  [condition('"guest-exec"', "input-data.at-most = 1024")],
  [condition('"guest-set-user-password"', "crypted.at-most = 1"), /has neither a number nor a length/],
  [condition('"guest-set-user-password"', "crypted.one-of = false")],
  // programs
  [condition('"guest-exec"', 'path.program = ["/usr/bin/env"]')],
  [
    condition('"guest-exec"', 'path.program = ["/usr/bin/env",\n"/none/such"]'),
    "1.toml:3: warning: /none/such is not there: nothing runs by this name until it is",
  ],
  [condition('"guest-exec"', 'path.program = ["/etc"]'), /\/etc is no file/],
  [condition('"guest-exec"', 'path.program = ["/etc/passwd"]'), /can't be executed: 'chmod \+x \/etc\/passwd'/],
  [condition('"guest-exec"', 'path.program = ["/usr/bin/env"]', "block-if"), /can be run by another: a copy, a shell/],
];

describe("what a rule says beside the commands", () => {
  test.each(ROWS.map(([toml, ...expected]) => ({ toml, expected })))("$toml", ({ toml, expected }) => {
    const said = check(toml);
    expect(said).toHaveLength(expected.length);
    for (const [index, one] of expected.entries()) {
      if (typeof one === "string") expect(said[index]).toBe(one);
      else expect(said[index]).toMatch(one);
    }
  });

  test("an allow that qemu-ga's lists leave no room for", () => {
    expect(check('allow = "guest-exec"', { blockRpcs: ["guest-exec"], allowRpcs: [] })).toEqual([
      expect.stringContaining("a block always wins"),
    ]);
    expect(check('allow = "guest-exec"', { blockRpcs: [], allowRpcs: ["guest-ping"] })).toEqual([
      expect.stringContaining("allow-rpcs doesn't name it"),
    ]);
    expect(check('allow = "guest-exec"', { blockRpcs: [], allowRpcs: ["guest-exec"] })).toEqual([]);
  });

  test("an allow beside an allow-if", () => {
    expect(check(`allow = "guest-exec"\n${condition('"guest-exec"', 'path.like = "a"')}`)).toEqual([
      expect.stringContaining("one of those has to match"),
    ]);
  });

  test("there is nothing to check without rules", () => {
    expect(hasRules(NO_RULES)).toBe(false);
    expect(hasRules(read('profile = "none"').rules)).toBe(false);
    for (const toml of [
      'allow = "a"',
      'block = "a"',
      '[[limit]]\nrate = "1/s"',
      condition('"a"', 'a.like = "a"'),
      condition('"a"', 'a.like = "a"', "block-if"),
    ]) {
      expect(hasRules(read(toml).rules)).toBe(true);
    }
  });
});

describe("programs that others can change", () => {
  // Below a folder that nobody else can write to: /tmp itself would be one.
  const home = realpathSync(mkdtempSync(join(homedir(), ".lodger-check-")));
  chmodSync(home, 0o755);
  afterAll(() => rmSync(home, { recursive: true }));
  const program = (name: string, mode: number) => {
    const path = join(home, name);
    mkdirSync(join(path, ".."), { recursive: true });
    writeFileSync(path, "#!/bin/sh\n");
    chmodSync(path, mode);
    return path;
  };
  const said = (path: string) => check(condition('"guest-exec"', `path.program = ["${path}"]`));

  test("a program that only root can write", () => {
    expect(said(program("good", 0o755))).toEqual([]);
  });

  test("a program that others can write", () => {
    expect(said(program("bad", 0o757))).toEqual([expect.stringMatching(/whoever can change this decides what runs: .*chmod go-w/)]);
  });

  test("a program in a folder that others can write", () => {
    const path = program("open/good", 0o755);
    chmodSync(join(home, "open"), 0o777);
    expect(said(path)).toEqual([expect.stringMatching(/whoever can change this/)]);
  });

  test("a link to a program that others can write", () => {
    symlinkSync(program("worse", 0o757), join(home, "link"));
    expect(said(join(home, "link"))).toEqual([expect.stringMatching(/whoever can change this/)]);
  });

  test("a link in a folder that others can write", () => {
    mkdirSync(join(home, "links"));
    chmodSync(join(home, "links"), 0o777);
    symlinkSync(program("fine", 0o755), join(home, "links/fine"));
    expect(said(join(home, "links/fine"))).toEqual([expect.stringMatching(/whoever can change this/)]);
  });
});
