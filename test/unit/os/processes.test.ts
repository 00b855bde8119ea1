import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { LinuxProcesses } from "../../../core/os/linux/processes.ts";

const processes = new LinuxProcesses();
let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-processes-"));
});

afterEach(() => rmSync(directory, { recursive: true }));

/** Tests may use a shell: it is the shortest program that does what they need. */
const shell = (script: string, options = {}) => processes.run("/bin/sh", ["-c", script], options);

test("gives status, and both outputs in their order", async () => {
  const before = readdirSync("/proc/self/fd").length;
  expect(await shell("echo one; echo two >&2; echo three; exit 7")).toEqual({ status: 7, signal: undefined, output: "one\ntwo\nthree\n" });
  expect(await shell("kill -TERM $$")).toMatchObject({ status: undefined, signal: "SIGTERM" });
  expect(await shell("echo quiet", { output: "ignored" })).toMatchObject({ status: 0, output: "" });
  expect(readdirSync("/proc/self/fd").length).toBeLessThanOrEqual(before + 3); // what node:child_process itself opens once
});

test("gives the input, or nothing", async () => {
  expect((await processes.run("/bin/cat", [], { input: "grüße\n" })).output).toBe("grüße\n");
  expect(await processes.run("/bin/cat", [])).toMatchObject({ status: 0, output: "" });
  expect((await processes.run("/bin/true", [], { input: "x".repeat(1_000_000) })).status).toBe(0);
});

test("passes arguments as they are, in a session of its own", async () => {
  expect((await processes.run("/usr/bin/printf", ["%s|", "a b", "$HOME", "*"])).output).toBe("a b|$HOME|*|");
  const [pid, , , , group, session] = (await shell("cat /proc/$$/stat")).output.replace(/\(.*\)/, "x").split(" ");
  expect([group, session]).toEqual([pid, pid]);
});

test("finds programs without a PATH, and tells them one", async () => {
  const { PATH: path } = process.env;
  delete process.env.PATH;
  try {
    expect((await processes.run("sh", ["-c", "echo $PATH"])).output).toContain("/usr/bin");
  } finally {
    process.env.PATH = path;
  }
});

test("says why a program can't be started", async () => {
  await expect(processes.run("no-such-program", [])).rejects.toMatchObject({ code: "ENOENT" });
  await expect(processes.run("/no/such/program", [])).rejects.toMatchObject({ code: "ENOENT", message: "No such file or directory" });
  const plain = join(directory, "plain");
  writeFileSync(plain, "text");
  await expect(processes.run(plain, [])).rejects.toMatchObject({ code: "EACCES", message: "Permission denied" });
  expect(await processes.isExecutable(plain)).toBe(false);
  chmodSync(plain, 0o755);
  expect(await processes.isExecutable(plain)).toBe(true);
  expect(await processes.isExecutable(directory)).toBe(false);
  expect(await processes.isExecutable(join(directory, "none"))).toBe(false);
});

test("keeps 64 KiB of the output", async () => {
  const { status, output } = await shell("head -c 3000000 /dev/zero | tr '\\0' x; exit 3");
  expect([status, output.length]).toEqual([3, 65536]);
});

test("kills the whole group, after a time or on a signal", async () => {
  const pidFile = join(directory, "pid");
  const script = `sleep 60 & echo $! > ${pidFile}; wait`;
  const started = Date.now();
  expect(await shell(script, { timeoutMs: 300 })).toMatchObject({ status: undefined, signal: "SIGKILL" });
  const alive = () => existsSync(`/proc/${readFileSync(pidFile, "utf8").trim()}/cwd`);
  await expect.poll(alive).toBe(false);
  const controller = new AbortController();
  setTimeout(() => controller.abort(), 300);
  expect(await shell(script, { signal: controller.signal })).toMatchObject({ signal: "SIGKILL" });
  expect(Date.now() - started).toBeLessThan(2000);
  await expect(shell("true", { signal: controller.signal })).rejects.toMatchObject({ code: "ECANCELED" });
});

test("does not wait for ever for a process that was left behind with the output", async () => {
  const started = Date.now();
  const { status, output } = await shell("sleep 5 & echo $!");
  expect(status).toBe(0);
  expect(Date.now() - started).toBeGreaterThan(1900);
  expect(Date.now() - started).toBeLessThan(4000);
  process.kill(Number(output));
});
