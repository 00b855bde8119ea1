import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { inheritedEnvironment, setForThisProcess } from "../../../core/os/environment.ts";
import { LinuxChildProcesses } from "../../../core/os/linux/child-processes.ts";
import { close, dup2 } from "../../../core/os/linux/libc.ts";
import type { ChildEnd, ChildOptions } from "../../../core/plugin.ts";

const children = new LinuxChildProcesses({ startMs: 5000, silenceMs: 300, restMs: 1000 });
let folder: string;

/** As whoever starts an agent may leave one open in it; to be there before the first child is started. */
const STRAY = 77;

beforeAll(() => dup2(2, STRAY));
afterAll(() => close(STRAY));
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-children-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Finished extends ChildEnd {
  readonly pid: number;
  readonly out: Buffer;
  readonly err: Buffer;
}

async function run(program: string, args: readonly string[], options: Partial<ChildOptions> = {}): Promise<Finished> {
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  const onOutput: ChildOptions["onOutput"] = (stream, chunk) => void chunks[stream].push(Buffer.from(chunk));
  const child = await children.start(program, args, { capture: "separated", onOutput, ...options });
  const end = await child.ended;
  return { ...end, pid: child.pid, out: Buffer.concat(chunks.stdout), err: Buffer.concat(chunks.stderr) };
}

/** Tests may use a shell: it is the shortest program that does what they need. */
const shell = (script: string, options: Partial<ChildOptions> = {}) => run("/bin/sh", ["-c", script], options);

function executable(name: string, text: string | Buffer, mode = 0o755): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const limits = () => readFileSync("/proc/self/limits", "latin1").match(/Max open files .*/)?.[0];
const score = () => readFileSync("/proc/self/oom_score_adj", "latin1").trim();

test("a program has ordinary limits, whatever the agent has, and the agent keeps its own", async () => {
  const before = { limits: limits(), score: score() };
  const isProtected = process.geteuid?.() === 0 && tryToWrite("/proc/self/oom_score_adj", "-500");
  try {
    const mine = { limits: limits(), score: score() };
    // what reads it at once, and what is started by what is started
    const asked = "ulimit -Sn; cat /proc/self/oom_score_adj; sh -c 'cat /proc/$$/oom_score_adj'";
    const texts = await Promise.all([1, 2, 3, 4, 5, 6].map(async () => (await shell(asked)).out.toString()));
    const hard = BigInt((mine.limits ?? "").split(/\s+/)[4] ?? 0);
    const expected = isProtected ? "0" : before.score;
    expect(new Set(texts)).toEqual(new Set([`${hard < 1024n ? hard : 1024n}\n${expected}\n${expected}\n`]));
    expect({ limits: limits(), score: score() }).toEqual(mine);
    await expect(run(join(folder, "none"), [])).rejects.toThrow();
    expect({ limits: limits(), score: score() }).toEqual(mine);
  } finally {
    if (isProtected) writeFileSync("/proc/self/oom_score_adj", before.score);
  }
});

function tryToWrite(file: string, text: string): boolean {
  try {
    writeFileSync(file, text);
    return true;
  } catch {
    return false;
  }
}

const isAlive = (pid: number) => existsSync(`/proc/${pid}/cwd`);

describe("the end", () => {
  test.for([0, 1, 127, 255])("status %d", async (status) => {
    expect(await shell(`exit ${status}`)).toMatchObject({ status, signal: undefined, cut: [] });
  });

  test.for([1, 9, 11, 15, 40, 64])("signal %d", async (signal) => {
    expect(await shell(`kill -${signal} $$`)).toMatchObject({ status: undefined, signal });
  });

  test("no child stays behind as a zombie, nor is one of Node's taken", async () => {
    const { spawn } = await import("node:child_process");
    const nodes = once(spawn("/bin/sh", ["-c", "sleep 0.2; exit 9"]), "exit");
    const ours = await Promise.all([1, 2, 3, 4, 5].map((status) => shell(`exit ${status}`)));
    expect(ours.map(({ status }) => status)).toEqual([1, 2, 3, 4, 5]);
    expect(await nodes).toEqual([9, null]);
    for (const { pid } of ours) expect(existsSync(`/proc/${pid}`)).toBe(false);
  });
});

describe("output", () => {
  const both = "echo one; echo two >&2; echo three; echo four >&2";

  test.for<[ChildOptions["capture"], string, string]>([
    ["none", "", ""],
    ["stdout", "one\nthree\n", ""],
    ["stderr", "", "two\nfour\n"],
    ["separated", "one\nthree\n", "two\nfour\n"],
    ["merged", "one\ntwo\nthree\nfour\n", ""],
  ])("%s", async ([capture, out, err]) => {
    const result = await shell(both, { capture });
    expect([result.out.toString(), result.err.toString()]).toEqual([out, err]);
  });

  test("what isn't captured goes to /dev/null, and so is the input", async () => {
    const script = "readlink /proc/self/fd/0 /proc/$$/fd/2";
    expect((await shell(script, { capture: "stdout" })).out.toString()).toBe("/dev/null\n/dev/null\n");
    const { err } = await shell("exec 3>&1; readlink /proc/$$/fd/0 /proc/$$/fd/3 >&2", { capture: "stderr" });
    expect(err.toString()).toBe("/dev/null\n/dev/null\n");
  });

  test("much of it, on both streams at once", async () => {
    const { out, err } = await shell("head -c 9000001 /dev/zero & head -c 7000001 /dev/zero | tr '\\0' x >&2; wait");
    expect(out.equals(Buffer.alloc(9_000_001))).toBe(true);
    expect(err.equals(Buffer.alloc(7_000_001, "x"))).toBe(true);
  });
});

describe("input", () => {
  const every = Buffer.alloc(5 * 1024 * 1024 + 3).map((_, index) => (index ^ (index >> 8)) & 0xff);

  test("all byte values, megabytes of them", async () => {
    expect((await run("cat", [], { input: every })).out.equals(every)).toBe(true);
    const sum = createHash("sha256").update(every).digest("hex");
    expect((await run("sha256sum", [], { input: every })).out.toString()).toBe(`${sum}  -\n`);
  });

  test("none at all ends at once", async () => {
    expect(await run("cat", [], { input: new Uint8Array() })).toMatchObject({ status: 0, out: Buffer.alloc(0) });
  });

  test("need not be read", async () => {
    const child = await children.start("true", [], { capture: "none", input: every });
    expect(await child.ended).toMatchObject({ status: 0 });
    await child.fed;
  });

  test("has been taken before the end, where the child takes it before", async () => {
    const child = await children.start("sh", ["-c", "cat >/dev/null; exec sleep 30"], { capture: "none", input: every });
    await child.fed;
    expect(isAlive(child.pid)).toBe(true);
    process.kill(child.pid);
    expect(await child.ended).toMatchObject({ signal: 15 });
  });
});

describe("the environment", () => {
  test("is replaced, or nothing, or the agent's", async () => {
    expect((await run("env", [], { environment: ["B=1", "A=ü", "odd"] })).out.toString()).toBe("B=1\nA=ü\nodd\n");
    expect((await run("env", [], { environment: [] })).out.length).toBe(0);
    process.env.LODGER_TEST_GIVEN = "yes";
    expect((await run("env", [])).out.toString()).toContain("LODGER_TEST_GIVEN=yes\n");
  });

  test("doesn't have what the agent has set for itself", async () => {
    delete process.env.LODGER_TEST_OWN;
    process.env.LODGER_TEST_GIVEN = "outside";
    setForThisProcess("LODGER_TEST_OWN", "1");
    setForThisProcess("LODGER_TEST_GIVEN", "1");
    expect(process.env).toMatchObject({ LODGER_TEST_OWN: "1", LODGER_TEST_GIVEN: "outside" });
    expect(inheritedEnvironment()).not.toHaveProperty("LODGER_TEST_OWN");
    const { out } = await run("env", []);
    expect(out.toString()).not.toContain("LODGER_TEST_OWN");
    expect(out.toString()).toContain("LODGER_TEST_GIVEN=outside\n");
  });

  test("signals are as programs expect them, in a session of its own", async () => {
    const { out, pid } = await shell("grep -E 'Sig(Blk|Ign)' /proc/self/status; cut -d' ' -f5,6 /proc/$$/stat");
    expect(out.toString()).toBe(`SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n${pid} ${pid}\n`);
  });
});

describe("descriptors", () => {
  test("the child has its three, and nobody else's", async () => {
    const { out } = await run("ls", ["/proc/self/fd"], { input: Buffer.from("x") });
    expect(out.toString()).toBe("0\n1\n2\n3\n"); // 3: the folder that ls reads
  });

  test("none is left in the agent, whether it started or not", async () => {
    await shell("true");
    const count = () => readdirSync("/proc/self/fd").length;
    const before = count();
    const input = Buffer.from("x");
    await Promise.all(Array.from({ length: 30 }, (_, index) => shell(`echo ${index}`, { input })));
    await Promise.allSettled(Array.from({ length: 30 }, () => run("no-such-program", [], { input })));
    await Promise.allSettled(Array.from({ length: 30 }, () => run("/no/such/program", [], { input })));
    await expect.poll(count).toBe(before);
  });
});

describe("finding the program", () => {
  test("in the PATH of its environment, else in the agent's, else in the standard places", async () => {
    executable("lodger-test-program", "#!/bin/sh\necho found $0 $1\n");
    const environment = [`PATH=/nowhere:${folder}`];
    const { out } = await run("lodger-test-program", ["x"], { environment });
    expect(out.toString()).toBe(`found ${folder}/lodger-test-program x\n`);
    await expect(run("lodger-test-program", [])).rejects.toMatchObject({ code: "ENOENT" });
    await expect(run("true", [], { environment: ["PATH=/nowhere"] })).rejects.toMatchObject({ code: "ENOENT" });
    await expect(run("true", [], { environment: ["PATH="] })).rejects.toMatchObject({ code: "ENOENT" });
    const { PATH: path } = process.env;
    try {
      process.env.PATH = folder;
      expect(await run("lodger-test-program", [], { environment: ["A=1"] })).toMatchObject({ status: 0 });
      delete process.env.PATH;
      expect(await run("true", [], { environment: [] })).toMatchObject({ status: 0 });
    } finally {
      process.env.PATH = path;
    }
  });

  test("passes over what can't be executed, and says so if there is nothing else", async () => {
    for (const name of ["plain", "folder", "good"]) mkdirSync(join(folder, name));
    executable("plain/lodger-test", "#!/bin/sh\n", 0o644);
    mkdirSync(join(folder, "folder/lodger-test"));
    executable("good/lodger-test", "#!/bin/sh\nexit 5\n");
    const places = (...names: string[]) => ({ environment: [`PATH=${names.map((name) => join(folder, name)).join(":")}`] });
    expect(await run("lodger-test", [], places("plain", "folder", "good"))).toMatchObject({ status: 5 });
    await expect(run("lodger-test", [], places("plain"))).rejects.toMatchObject({ code: "EACCES" });
    await expect(run("lodger-test", [], places("none", "folder"))).rejects.toMatchObject({ code: "EACCES" });
    await expect(run("lodger-test", [], places("none"))).rejects.toMatchObject({ code: "ENOENT" });
  });

  test("relative places don't count", async () => {
    executable("lodger-test", "#!/bin/sh\n");
    const relative = `${"../".repeat(20)}${folder.slice(1)}`;
    await expect(run("lodger-test", [], { environment: [`PATH=${relative}:`] })).rejects.toMatchObject({ code: "ENOENT" });
  });
});

describe("what can't be started", () => {
  test.for<[what: string, program: () => string, code: string]>([
    ["nothing there", () => "/no/such", "ENOENT"],
    ["no name", () => "", "ENOENT"],
    ["a directory", () => folder, "EACCES"],
    ["not executable", () => executable("plain", "x", 0o644), "EACCES"],
    ["below a file", () => join(executable("plain", "x"), "x"), "ENOTDIR"],
    ["an interpreter that isn't there", () => executable("script", "#!/no/such\n"), "ENOENT"],
    ["a name that is too long", () => `/${"x".repeat(300)}`, "ENAMETOOLONG"],
    ["a NUL in it", () => "/bin/tr\0ue", "EINVAL"],
  ])("%s", async ([, program, code]) => {
    await expect(run(program(), [])).rejects.toMatchObject({ name: "OsError", code });
  });

  test("arguments that are too long, or that C can't have", async () => {
    await expect(run("true", ["x".repeat(140_000)])).rejects.toMatchObject({ code: "E2BIG", message: "Argument list too long" });
    await expect(run("true", Array(100).fill("x".repeat(100_000)))).rejects.toMatchObject({ code: "E2BIG" });
    await expect(run("true", Array(1_000_000).fill(""))).rejects.toMatchObject({ code: "E2BIG" });
    await expect(run("true", ["a\0b"])).rejects.toMatchObject({ code: "EINVAL" });
    await expect(run("true", [], { environment: ["A=\0"] })).rejects.toMatchObject({ code: "EINVAL" });
    expect(await run("true", Array(10).fill("x".repeat(100_000)))).toMatchObject({ status: 0 });
  });

  test("what was given up before; what is given up later goes on", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const child = await children.start("sh", ["-c", "sleep 0.1; exit 7"], { capture: "none", signal });
    controller.abort();
    await expect(run("touch", [join(folder, "mark")], { signal })).rejects.toMatchObject({ code: "ECANCELED" });
    expect(existsSync(join(folder, "mark"))).toBe(false);
    expect(await child.ended).toMatchObject({ status: 7 });
  });
});

test("an executable text without an interpreter is run by the shell", async () => {
  const { status, out } = await run(executable("text", "echo hello $1; exit 3\n"), ["you"]);
  expect([status, out.toString()]).toEqual([3, "hello you\n"]);
  expect(await run(executable("empty", ""), [])).toMatchObject({ status: 0 });
});

test("arguments are passed as they are", async () => {
  const { out } = await run("printf", ["%s|", "a b", "$HOME", "*", "", "ü😀"]);
  expect(out.toString()).toBe("a b|$HOME|*||ü😀|");
});

describe("a process that was left behind with the output", () => {
  test("is waited for as long as it is not silent for too long", async () => {
    const { out, cut } = await shell("echo early; (sleep 0.15; echo late) &");
    expect([out.toString(), cut]).toEqual(["early\nlate\n", []]);
  });

  test("doesn't hold up the end, and isn't ended itself", async () => {
    const mark = join(folder, "mark");
    const began = performance.now();
    const { status, out, cut } = await shell(`echo early; (sleep 0.8; echo late && echo late && touch ${mark}) 2>/dev/null & exit 4`);
    expect(performance.now() - began).toBeLessThan(700);
    expect([status, out.toString(), cut]).toEqual([4, "early\n", ["stdout"]]);
    await expect.poll(() => existsSync(mark), { timeout: 3000 }).toBe(true);
  });

  test("doesn't hold up the end by going on writing either", async () => {
    const began = performance.now();
    const { out, cut } = await shell("while :; do echo x; sleep 0.05; done 2>/dev/null & echo $! ; exit");
    const ms = performance.now() - began;
    process.kill(Number.parseInt(out.toString(), 10));
    expect(cut).toEqual(["stdout"]);
    expect(ms).toBeGreaterThan(900);
    expect(ms).toBeLessThan(2500);
  });
});

test("one that never ends can be ended with all that it started", async () => {
  let bytes = 0;
  const child = await children.start("/bin/sh", ["-c", "yes & wait"], {
    capture: "stdout",
    onOutput: (_, chunk) => {
      bytes += chunk.length;
    },
  });
  await expect.poll(() => bytes).toBeGreaterThan(10_000_000);
  process.kill(-child.pid, "SIGKILL");
  expect(await child.ended).toEqual({ status: undefined, signal: 9, cut: [] });
});

test("a hundred at once", async () => {
  const all = await Promise.all(Array.from({ length: 100 }, (_, index) => shell(`echo ${index}; exit ${index}`)));
  all.forEach((result, index) => {
    expect([result.status, result.out.toString()]).toEqual([index, `${index}\n`]);
  });
  expect(new Set(all.map(({ pid }) => pid)).size).toBe(100);
});
