/** guest-exec limited to two programs: every way around that we could think of, on a real file system. */
import { copyFileSync, linkSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Policy } from "../../../core/policy/policy.ts";
import type { Arguments } from "../../../core/policy/subject.ts";
import { ask, commandOf, rulesOf } from "./ask.ts";

// Where programs are is a folder that others can't write, links and all.
const home = realpathSync(mkdtempSync(join(tmpdir(), "lodger-programs-")));
const bin = join(home, "usr/bin");
mkdirSync(bin, { recursive: true });
mkdirSync(join(home, "tmp/usr/bin"), { recursive: true });
for (const name of ["uptime", "df", "sh", "busybox"]) copyFileSync("/bin/true", join(bin, name));
copyFileSync("/bin/true", join(home, "tmp/uptime"));
copyFileSync("/bin/true", join(home, "tmp/usr/bin/uptime"));
symlinkSync("busybox", join(bin, "reboot"));
symlinkSync("busybox", join(bin, "cat"));
symlinkSync("usr/bin", join(home, "bin"));
symlinkSync(join(bin, "uptime"), join(home, "tmp/link"));
symlinkSync(join(bin, "sh"), join(home, "tmp/df"));
symlinkSync(join(bin, "df"), join(bin, "other"));
symlinkSync(bin, join(home, "tmp/bin"));
symlinkSync("/proc/self/root", join(home, "tmp/root"));
linkSync(join(bin, "uptime"), join(home, "tmp/hard"));
afterAll(() => rmSync(home, { recursive: true }));

const uptime = join(bin, "uptime");
const df = join(bin, "df");
const cat = join(bin, "cat");
const exec = commandOf("guest-exec");
const policy = new Policy(
  rulesOf(`[[allow-if]]
commands = "guest-exec"
arguments.path.program = ["${uptime}", "${df}"]
[[allow-if]]
commands = "guest-exec"
arguments.path.program = ["${cat}"]
arguments.arg.sequence = ["/etc/hostname"]
arguments.env.like = ["LANG=*"]`),
);

const FROM_HERE = relative(process.cwd(), uptime);

const ALLOWED: readonly (readonly [args: Arguments, runs: string])[] = [
  [{ path: uptime }, uptime],
  [{ path: df }, df],
  [{ path: df, arg: ["-h", "anything"] }, df],
  [{ path: df, "input-data": Buffer.from("x"), "capture-output": true }, df],
  [{ path: "uptime" }, uptime],
  [{ path: "df" }, df],
  [{ path: `${home}/bin/df` }, df],
  [{ path: `${home}/tmp/bin/df` }, df],
  [{ path: `/${bin}//df` }, df],
  [{ path: `${bin}/./df` }, df],
  [{ path: `${bin}/../bin/df` }, df],
  [{ path: `${home}/tmp/bin/../bin/df` }, df],
  [{ path: `/proc/self/root${df}` }, df],
  [{ path: `/proc/thread-self/root${df}` }, df],
  [{ path: `${home}/tmp/root${df}` }, df],
  [{ path: `/proc/self/cwd/${FROM_HERE}` }, uptime],
  [{ path: cat, arg: ["/etc/hostname"], env: ["LANG=C"] }, cat],
  [{ path: "cat", arg: ["/etc/hostname"], env: ["LANG=C", "LANG=de"] }, cat],
];

const REFUSED: readonly (readonly [why: string, args: Arguments])[] = [
  ["another program", { path: join(bin, "sh") }],
  ["another program, by name", { path: "sh" }],
  ["no program", { path: "" }],
  ["a folder", { path: bin }],
  ["a folder", { path: `${bin}/` }],
  ["the root", { path: "/" }],
  ["what a listed link leads to", { path: join(bin, "busybox") }],
  ["another name of what a listed link leads to", { path: join(bin, "reboot"), arg: ["/etc/hostname"], env: ["LANG=C"] }],
  ["a link to a listed program", { path: `${home}/tmp/link` }],
  ["a link beside it", { path: join(bin, "other") }],
  ["a hard link", { path: `${home}/tmp/hard` }],
  ["a link of a listed name to another program", { path: `${home}/tmp/df` }],
  ["a program of that name elsewhere", { path: `${home}/tmp/uptime` }],
  ["a tree that looks alike", { path: `${home}/tmp/usr/bin/uptime` }],
  ["a relative path", { path: "usr/bin/uptime" }],
  ["a relative path that leads there", { path: FROM_HERE }],
  ["a relative path with a dot", { path: "./uptime" }],
  ["a relative path with dots", { path: `../../../../../../../../../..${uptime}` }],
  ["a slash behind", { path: `${uptime}/` }],
  ["slashes behind", { path: `${uptime}//` }],
  ["a dot behind", { path: `${uptime}/.` }],
  ["dots behind", { path: `${uptime}/..` }],
  ["dots behind, and its name", { path: `${uptime}/../uptime` }],
  ["a folder that isn't there, and dots", { path: `${home}/none/../usr/bin/uptime` }],
  ["a file as a folder", { path: `${df}/uptime` }],
  ["another case", { path: uptime.replace("uptime", "Uptime") }],
  ["another case of the folder", { path: uptime.replace("/bin/", "/BIN/") }],
  ["a cyrillic letter", { path: `${bin}/uptimе` }],
  ["a wide letter", { path: `${bin}/ｕptime` }],
  ["a combining mark", { path: `${bin}/uptime\u0301` }],
  ["a zero width space", { path: `${bin}/uptime\u200b` }],
  ["a fraction slash", { path: uptime.replaceAll("/", "\u2044") }],
  ["a backslash", { path: `${bin}\\uptime` }],
  ["an encoded slash", { path: `${bin}%2fuptime` }],
  ["a NUL behind", { path: `${uptime}\0` }],
  ["a NUL behind, and more", { path: `${uptime}\0/../sh` }],
  ["a NUL in the folder", { path: `${bin}\0/uptime` }],
  ["a NUL in a name", { path: "uptime\0" }],
  ["a blank behind", { path: `${uptime} ` }],
  ["a blank in front", { path: ` ${uptime}` }],
  ["a newline behind", { path: `${uptime}\n` }],
  ["arguments in the path", { path: `${df} -h` }],
  ["a tilde", { path: "~/uptime" }],
  ["a variable", { path: "$HOME/uptime" }],
  ["a pattern", { path: `${bin}/upt*` }],
  ["a URL", { path: `file://${uptime}` }],
  ["a dot alone", { path: "." }],
  ["two dots alone", { path: ".." }],
  ["its own executable by /proc", { path: "/proc/self/exe" }],
  ["a descriptor", { path: "/proc/self/fd/0" }],
  ["the loader of programs", { path: "/lib64/ld-linux-x86-64.so.2", arg: [uptime] }],
  ["LD_PRELOAD", { path: uptime, env: ["LD_PRELOAD=/tmp/evil.so"] }],
  ["LD_LIBRARY_PATH", { path: "uptime", env: ["LD_LIBRARY_PATH=/tmp"] }],
  ["PATH", { path: "uptime", env: ["PATH=/tmp"] }],
  ["an environment of nothing", { path: uptime, env: [] }],
  ["other arguments than its rule has", { path: cat, arg: ["/etc/shadow"], env: ["LANG=C"] }],
  ["more arguments than its rule has", { path: cat, arg: ["/etc/hostname", "/etc/shadow"], env: ["LANG=C"] }],
  ["fewer arguments than its rule has", { path: cat, env: ["LANG=C"] }],
  ["no environment where its rule has one", { path: cat, arg: ["/etc/hostname"] }],
  ["an environment that its rule doesn't have", { path: cat, arg: ["/etc/hostname"], env: ["LANG=C", "LD_PRELOAD=x"] }],
  ["the environment of another rule", { path: uptime, arg: ["/etc/hostname"], env: ["LANG=C"] }],
  ["a program by the arguments of another rule", { path: join(bin, "sh"), arg: ["/etc/hostname"], env: ["LANG=C"] }],
];

describe("guest-exec, limited to programs", () => {
  test.each(ALLOWED)("runs %j", async (args, runs) => {
    const { decision, args: ruled } = await ask(policy, exec, args);
    expect(decision).toMatchObject({ allowed: true });
    expect(ruled).toEqual({ ...args, path: runs });
  });

  test.each(REFUSED)("refuses %s: %j", async (_, args) => {
    expect((await ask(policy, exec, args)).decision).toMatchObject({ allowed: false });
  });

  test("asks no disk for a path as it is listed, and for a name", () => {
    const nobody = { resolve: () => Promise.reject(new Error("the disk was asked")) };
    for (const path of [uptime, "df", "sh", "/none/sh"]) expect(policy.rule(exec, { path }, nobody)).not.toBeInstanceOf(Promise);
  });

  test("refuses what nobody can resolve", async () => {
    const broken = { resolve: () => Promise.reject(new Error("an I/O error")) };
    expect((await ask(policy, exec, { path: `${home}/bin/df` }, broken)).decision.allowed).toBe(false);
  });

  test("the same program by two listed paths is the first in the order of letters, whichever rule is first", async () => {
    const rule = (path: string) => `[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["${path}"]\n`;
    for (const files of [
      [rule(df), rule(`${home}/bin/df`)],
      [rule(`${home}/bin/df`), rule(df)],
    ]) {
      const { args } = await ask(new Policy(rulesOf(...files)), exec, { path: "df" });
      expect(args.path).toBe(`${home}/bin/df`);
      expect((await ask(new Policy(rulesOf(...files)), exec, { path: df })).args.path).toBe(df);
    }
  });
});

describe("a program that is blocked", () => {
  const blocking = new Policy(rulesOf(`[[block-if]]\ncommands = "guest-exec"\narguments.path.program = ["${uptime}", "${cat}"]`));
  test.each([
    [uptime, false],
    ["uptime", false],
    [`${home}/bin/uptime`, false],
    [`${bin}/../bin//uptime`, false],
    [`${home}/tmp/link`, false],
    [FROM_HERE, false],
    [`/proc/self/root${uptime}`, false],
    [cat, false],
    [`${home}/none/uptime/../x`, false],
    [`${uptime}\0`, false],
    [`${home}/tmp/uptime`, true],
    [join(bin, "sh"), true],
    [join(bin, "busybox"), true],
    [join(bin, "reboot"), true],
    ["sh", true],
  ])("%s: %j", async (path, allowed) => {
    expect((await ask(blocking, exec, { path })).decision.allowed).toBe(allowed);
  });

  test("wins over a rule that allows it by another spelling", async () => {
    const both = new Policy(
      rulesOf(
        `[[block-if]]\ncommands = "guest-exec"\narguments.path.like = ["${uptime}"]`,
        `[[allow-if]]\ncommands = "guest-exec"\narguments.path.program = ["${uptime}", "${df}"]`,
      ),
    );
    expect((await ask(both, exec, { path: "df" })).decision.allowed).toBe(true);
    for (const path of [uptime, "uptime", `${home}/bin/uptime`]) expect((await ask(both, exec, { path })).decision.allowed).toBe(false);
  });
});
