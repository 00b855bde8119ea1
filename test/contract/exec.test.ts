/** guest-exec and guest-exec-status of a whole agent, as a host sees them. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { memoryOf } from "../bench/process-memory.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { type Options, type Running, serve } from "./program.ts";

const MIB = 1024 * 1024;

interface Status {
  readonly exited: boolean;
  readonly exitcode?: number;
  readonly signal?: number;
  readonly "out-data"?: string;
  readonly "err-data"?: string;
  readonly "out-truncated"?: boolean;
  readonly "err-truncated"?: boolean;
}

let program: string;
let folder: string;
let agent: Running;

beforeAll(async () => {
  // Inside of the project, because koffi comes from its node_modules.
  mkdirSync(cache, { recursive: true });
  program = mkdtempSync(join(cache, "test-exec-"));
  await bundle({ outfile: join(program, "lodger.cjs") });
});
afterAll(() => rmSync(program, { recursive: true, force: true }));

function start(options: Options = {}, more: readonly string[] = []): Running {
  const socket = join(folder, "s");
  const args = ["-m", "unix-listen", "-p", socket, "-t", folder, ...more];
  return serve(onRuntime(join(program, "lodger.cjs")), socket, args, options);
}

beforeEach(() => {
  folder = mkdtempSync(join(program, "run-"));
  agent = start();
});
afterEach(async () => {
  await agent.end();
});

async function ask<T>(execute: string, args: object): Promise<T> {
  const answer = (await agent.ask({ execute, arguments: args })) as { return?: T; error?: { desc: string } };
  if (answer.error !== undefined) throw new Error(answer.error.desc);
  return answer.return as T;
}

async function exec(path: string, arg: readonly string[] = [], more: object = {}): Promise<number> {
  return (await ask<{ pid: number }>("guest-exec", { path, arg, "capture-output": true, ...more })).pid;
}

const status = (pid: number): Promise<Status> => ask<Status>("guest-exec-status", { pid });

async function ended(pid: number): Promise<Status> {
  for (;;) {
    const answer = await status(pid);
    if (answer.exited) return answer;
    await pause(10);
  }
}

const run = async (path: string, arg: readonly string[] = [], more: object = {}) => ended(await exec(path, arg, more));
const decoded = (data = "") => Buffer.from(data, "base64");
const descriptors = () => readdirSync(`/proc/${agent.pid}/fd`).length;
const isAlive = (pid: number) => existsSync(`/proc/${pid}/cwd`);

test("a child has the agent's empty environment, three descriptors and no more, and is found all the same", async () => {
  expect(await run("env")).toEqual({ exited: true, exitcode: 0 });
  const { "out-data": list } = await run("ls", ["/proc/self/fd"]);
  expect(decoded(list).toString()).toBe("0\n1\n2\n3\n"); // 3: the folder that ls reads
});

test("a variable that was given from outside is inherited, also where the agent would set it itself", async () => {
  await agent.end();
  agent = start({ environment: { UV_THREADPOOL_SIZE: "7", B: "ü" } });
  expect(
    decoded((await run("env"))["out-data"])
      .toString()
      .split("\n")
      .sort(),
  ).toEqual(["", "B=ü", "UV_THREADPOOL_SIZE=7"]);
});

test("a hundred processes at once, each with its own end and output; no descriptor is left", async () => {
  await run("true"); // opens what stays open
  const before = descriptors();
  const pids = await Promise.all(
    Array.from({ length: 100 }, (_, index) => exec("sh", ["-c", `echo ${index}; echo e${index} >&2; exit ${index}`])),
  );
  expect(new Set(pids).size).toBe(100);
  const all = await Promise.all(pids.map(ended));
  all.forEach((one, index) => {
    expect(one).toMatchObject({ exitcode: index, "out-truncated": false, "err-truncated": false });
    expect([decoded(one["out-data"]), decoded(one["err-data"])].join("")).toBe(`${index}\ne${index}\n`);
  });
  await expect.poll(descriptors).toBeLessThanOrEqual(before);
});

test("16 MiB of each stream are whole; of more, the first 16 MiB come", async () => {
  // A pattern by which any shift or gap shows: numbered lines.
  const lines = (bytes: number, to: string) => `seq 1 3000000 | head -c ${bytes} ${to}`;
  const expected = createHash("sha256");
  for (let next = 1, left = 16 * MIB; left > 0; next++) {
    const line = `${next}\n`.slice(0, left);
    expected.update(line);
    left -= line.length;
  }
  const sum = expected.digest("hex");
  const sumOf = (data?: string) => createHash("sha256").update(decoded(data)).digest("hex");
  const whole = await run("sh", ["-c", `${lines(16 * MIB, "")}; ${lines(16 * MIB, ">&2")}`]);
  expect(whole).toMatchObject({ exitcode: 0, "out-truncated": false, "err-truncated": false });
  expect([sumOf(whole["out-data"]), sumOf(whole["err-data"])]).toEqual([sum, sum]);
  const more = await run("sh", ["-c", `${lines(16 * MIB + 1, "")}; ${lines(19 * MIB, ">&2")}; exit 6`]);
  expect(more).toMatchObject({ exitcode: 6, "out-truncated": true, "err-truncated": true });
  expect([sumOf(more["out-data"]), sumOf(more["err-data"])]).toEqual([sum, sum]);
});

test("megabytes of input, of every byte value", async () => {
  const input = Buffer.from(Uint8Array.from({ length: 8 * MIB + 1 }, (_, index) => (index * 7 + (index >> 8)) & 0xff));
  expect(new Set(input).size).toBe(256);
  const data = input.toString("base64");
  const [cat, sum] = await Promise.all([run("cat", [], { "input-data": data }), run("sha256sum", [], { "input-data": data })]);
  expect(decoded(cat["out-data"]).equals(input)).toBe(true);
  expect(decoded(sum["out-data"]).toString()).toBe(`${createHash("sha256").update(input).digest("hex")}  -\n`);
  expect(await run("true", [], { "input-data": data })).toEqual({ exited: true, exitcode: 0 });
});

test("each mode, and a signal's number", async () => {
  const script = ["-c", "echo o; echo e >&2; echo O; kill -40 $$"];
  const outcome = async (mode: unknown) => {
    const { signal, "out-data": out, "err-data": err } = await run("sh", script, { "capture-output": mode });
    return [signal, decoded(out).toString(), decoded(err).toString()];
  };
  expect(await outcome("none")).toEqual([40, "", ""]);
  expect(await outcome(false)).toEqual([40, "", ""]);
  expect(await outcome("stdout")).toEqual([40, "o\nO\n", ""]);
  expect(await outcome("stderr")).toEqual([40, "", "e\n"]);
  expect(await outcome("separated")).toEqual([40, "o\nO\n", "e\n"]);
  expect(await outcome(true)).toEqual([40, "o\nO\n", "e\n"]);
  expect(await outcome("merged")).toEqual([40, "o\ne\nO\n", ""]);
});

test("what is wrong with the arguments, in the order of their declaration", async () => {
  const wrong = { arg: 1, env: 1, "input-data": 1, "capture-output": 1 };
  const text = (args: object) => ask("guest-exec", args).catch((error: Error) => error.message);
  const wrongType = (name: string, type: string) => `Invalid parameter type for '${name}', expected: ${type}`;
  expect(await text(wrong)).toBe("Parameter 'path' is missing");
  expect(await text({ ...wrong, path: "x" })).toBe(wrongType("arg", "array"));
  expect(await text({ ...wrong, path: "x", arg: ["a", 5] })).toBe(wrongType("arg[1]", "string"));
  expect(await text({ ...wrong, path: "x", arg: [] })).toBe(wrongType("env", "array"));
  expect(await text({ path: "x", "input-data": 1, "capture-output": 1 })).toBe(wrongType("input-data", "string"));
  expect(await text({ path: "x", "capture-output": 1 })).toBe(wrongType("capture-output", "GuestExecCaptureOutput"));
  expect(await text({ path: "x", "capture-output": "all" })).toBe("Parameter 'capture-output' does not accept value 'all'");
  expect(await text({ path: "/no/ü" })).toBe("Failed to execute child process “/no/ü” (No such file or directory)");
  await expect(status(1)).rejects.toThrow("PID 1 does not exist");
});

describe("memory", () => {
  const used = () => memoryOf(agent.pid).privateDirty;
  const idle = async () => {
    await run("true");
    await pause(1500); // the agent collects what its start left behind
    return used();
  };

  test("an endless process takes no more than its 16 MiB, and can be ended", async () => {
    const before = await idle();
    const pid = await exec("sh", ["-c", "yes & yes >&2"]);
    let most = 0;
    for (let i = 0; i < 15; i++) {
      await pause(100);
      most = Math.max(most, used());
    }
    expect(most - before).toBeGreaterThan(30 * MIB); // both streams are full
    expect(most - before).toBeLessThan(50 * MIB);
    expect(await status(pid)).toEqual({ exited: false });
    await run("kill", ["-KILL", "--", `-${pid}`]);
    expect(await ended(pid)).toMatchObject({ signal: 9, "out-truncated": true, "err-truncated": true });
  });

  test("comes back when the status is read", async () => {
    const before = await idle();
    for (let round = 0; round < 8; round++) {
      const { "out-data": out } = await run("sh", ["-c", "head -c 16777216 /dev/zero; head -c 16777216 /dev/zero >&2"]);
      expect(out?.length).toBe(Math.ceil((16 * MIB) / 3) * 4);
    }
    expect(used() - before).toBeLessThan(32 * MIB); // 256 went through
  });

  test("of results that nobody fetches is bounded, and the oldest lose their output", async () => {
    const before = await idle();
    const pids: number[] = [];
    for (let i = 0; i < 20; i++) {
      const pid = await exec("head", ["-c", "16777216", "/dev/zero"]);
      pids.push(pid);
      while (existsSync(`/proc/${pid}`)) await pause(5);
    }
    expect(used() - before).toBeLessThan(285 * MIB); // 320 went through
    const [first = 0] = pids;
    expect(await ended(first)).toEqual({ exited: true, exitcode: 0, "out-data": "", "out-truncated": true });
    const last = await ended(pids.at(-1) ?? 0);
    expect(last["out-truncated"]).toBe(false);
    expect(decoded(last["out-data"]).length).toBe(16 * MIB);
  });
});

test("a process that was left behind with the output doesn't hold up the status", async () => {
  const began = performance.now();
  const pid = await exec("sh", ["-c", "echo early; sleep 30 & echo $!; exit 4"]);
  expect(await status(pid)).toEqual({ exited: false });
  const end = await ended(pid);
  expect(performance.now() - began).toBeLessThan(6000);
  const [early, sleeper] = decoded(end["out-data"]).toString().split("\n");
  expect(early).toBe("early");
  expect(end).toMatchObject({ exitcode: 4, "out-truncated": true });
  expect(isAlive(Number(sleeper))).toBe(true);
  process.kill(Number(sleeper));
});

test("an agent that ends does so at once, and what it started goes on", async () => {
  const left = await exec("sh", ["-c", "sleep 60 & exit"], { "input-data": Buffer.alloc(MIB).toString("base64") });
  const pids = [await exec("sleep", ["60"]), await exec("sleep", ["60"], { "capture-output": "merged" })];
  const { status: exit, afterMs, errors } = await agent.end();
  expect({ exit, errors }).toEqual({ exit: 0, errors: "" });
  expect(afterMs).toBeLessThan(1000);
  expect(pids.map(isAlive)).toEqual([true, true]);
  for (const pid of [...pids, left]) process.kill(-pid);
});

test("the log names program and pid, and none of what may be secret", async () => {
  await agent.end();
  const log = join(folder, "log");
  agent = start({}, ["-v", "-l", log]);
  const pid = await exec("true", ["--password=hunter2"], { env: ["TOKEN=hunter2"], "input-data": "aHVudGVyMg==" });
  await ended(pid);
  await agent.end();
  const text = readFileSync(log, "utf8");
  expect(text).toContain(`info: guest-exec started "true" as process ${pid}\n`);
  expect(text).not.toMatch(/hunter2|aHVudGVyMg/);
});
