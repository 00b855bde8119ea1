import { expect, test } from "vitest";
import type { Child, ChildEnd, ChildOptions, ChildProcesses, OsError } from "../../../core/plugin.ts";
import { CAPTURE_BYTES } from "../../../plugins/exec/capture.ts";
import plugin from "../../../plugins/exec/index.ts";
import { LIMITS } from "../../../plugins/exec/results.ts";
import { commandsOf, noSuchFile, RecordedLog } from "../run-command.ts";

/** A process that does what the test says. */
class FakeChild implements Child {
  readonly pid: number;
  readonly program: string;
  readonly args: readonly string[];
  readonly options: ChildOptions;
  readonly #fed = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<ChildEnd>();

  constructor(pid: number, program: string, args: readonly string[], options: ChildOptions) {
    this.pid = pid;
    this.program = program;
    this.args = args;
    this.options = options;
  }

  get fed() {
    return this.#fed.promise;
  }
  get ended() {
    return this.#ended.promise;
  }

  write(stream: "stdout" | "stderr", bytes: Uint8Array | string): void {
    this.options.onOutput?.(stream, typeof bytes === "string" ? Buffer.from(bytes) : bytes);
  }
  async takeInput(): Promise<void> {
    this.#fed.resolve();
    await this.fed;
  }
  async end(end: Partial<ChildEnd> = { status: 0 }): Promise<void> {
    this.#ended.resolve({ status: undefined, signal: undefined, cut: [], ...end });
    await this.ended;
  }
}

class FakeChildren implements ChildProcesses {
  readonly started: FakeChild[] = [];
  /** Of the next ones; then they count on. */
  nextPid = 100;
  failure: OsError | undefined;

  async start(program: string, args: readonly string[], options: ChildOptions): Promise<Child> {
    const child = new FakeChild(this.nextPid, program, args, options);
    this.started.push(child);
    if (this.failure !== undefined) throw this.failure;
    this.nextPid += 1;
    return child;
  }

  /** The one that was started last. */
  get last(): FakeChild {
    const child = this.started.at(-1);
    if (child === undefined) throw new Error("nothing was started");
    return child;
  }
}

function guest() {
  const children = new FakeChildren();
  const run = commandsOf(plugin, { children, holdings: { set: () => undefined } });
  const exec = async (args: object = {}) => {
    await run("guest-exec", { path: "/bin/x", ...args });
    return children.last;
  };
  return { children, run, exec, status: (pid: number | bigint) => run("guest-exec-status", { pid }) };
}

test("starts what it is told to, and answers the pid", async () => {
  const { run, children } = guest();
  const input = Uint8Array.of(1, 2, 255);
  const { signal } = new AbortController();
  const args = { path: "tar", arg: ["-x", "a b"], env: ["A=1"], "input-data": input };
  expect(await run("guest-exec", args, { signal })).toEqual({ pid: 100 });
  const { program, args: argv, options } = children.last;
  expect({ program, argv }).toEqual({ program: "tar", argv: ["-x", "a b"] });
  expect(options).toMatchObject({ environment: ["A=1"], capture: "none", signal });
  input.fill(0); // the request's memory is used again
  expect([...(options.input ?? [])]).toEqual([1, 2, 255]);
  await run("guest-exec", { path: "true" });
  expect(children.last.args).toEqual([]);
  expect(children.last.options).not.toHaveProperty("environment");
  expect(children.last.options).not.toHaveProperty("input");
});

test.for([
  [undefined, "none"],
  [false, "none"],
  [true, "separated"],
  ["none", "none"],
  ["stdout", "stdout"],
  ["stderr", "stderr"],
  ["separated", "separated"],
  ["merged", "merged"],
])("capture-output %j captures %s", async ([given, mode]) => {
  const { exec } = guest();
  expect((await exec(given === undefined ? {} : { "capture-output": given })).options.capture).toBe(mode);
});

test("tells the end once", async () => {
  const { exec, status } = guest();
  const child = await exec({ "capture-output": true });
  expect(await status(100)).toEqual({ exited: false });
  child.write("stdout", "one ");
  child.write("stdout", "two");
  child.write("stderr", "three");
  expect(await status(100)).toEqual({ exited: false });
  await child.end({ status: 7 });
  expect(await status(100)).toEqual({
    exited: true,
    exitcode: 7,
    "out-data": new Uint8Array(Buffer.from("one two")),
    "out-truncated": false,
    "err-data": new Uint8Array(Buffer.from("three")),
    "err-truncated": false,
  });
  await expect(status(100)).rejects.toThrow("PID 100 does not exist");
});

test("frees the output when the answer was sent, and not before", async () => {
  const { run, exec } = guest();
  const child = await exec({ "capture-output": true });
  child.write("stdout", "text");
  await child.end();
  let sent = () => {};
  const context = {
    afterAnswer: (done: () => void) => {
      sent = done;
    },
  };
  const answer = (await run("guest-exec-status", { pid: 100 }, context)) as Record<string, Uint8Array>;
  expect(Buffer.from(answer["out-data"] ?? []).toString()).toBe("text");
  sent();
  expect(answer["out-data"]?.length).toBe(0);
});

test("tells a signal's number, and nothing of streams that brought nothing", async () => {
  const { exec, status } = guest();
  await (await exec({ "capture-output": true })).end({ signal: 40 });
  expect(await status(100)).toEqual({ exited: true, signal: 40 });
});

test("knows only what it has started", async () => {
  const { status } = guest();
  for (const pid of [1, 0, -5, 9223372036854775807n]) await expect(status(pid)).rejects.toThrow(`PID ${pid} does not exist`);
});

test("says why a program was not started, and doesn't remember it", async () => {
  const { exec, children, status } = guest();
  children.failure = noSuchFile("execve");
  await expect(exec({ path: "no such" })).rejects.toThrow("Failed to execute child process “no such” (No such file or directory)");
  await expect(status(100)).rejects.toThrow("PID 100 does not exist");
});

test("logs the program and the pid, and neither arguments nor environment", async () => {
  const { run } = guest();
  const log = new RecordedLog();
  await run("guest-exec", { path: "a\nb", arg: ["--password=x"], env: ["TOKEN=y"] }, { log });
  expect(log.lines).toEqual(['info: guest-exec started "a\\nb" as process 100']);
});

test("keeps 16 MiB of each stream: exactly that is whole, one byte more is not", async () => {
  const { exec, status } = guest();
  const child = await exec({ "capture-output": true });
  const chunk = new Uint8Array(65536).map((_, index) => index % 251);
  for (let bytes = 0; bytes < CAPTURE_BYTES; bytes += chunk.length) {
    child.write("stdout", chunk);
    child.write("stderr", chunk);
  }
  child.write("stderr", "!");
  await child.end();
  const answer = (await status(100)) as Record<string, Uint8Array>;
  expect(answer).toMatchObject({ "out-truncated": false, "err-truncated": true });
  for (const name of ["out-data", "err-data"]) {
    const data = Buffer.from(answer[name] ?? []);
    expect(data.length).toBe(16_777_216);
    expect(data.subarray(0, 65536).equals(chunk) && data.subarray(-65536).equals(chunk)).toBe(true);
  }
});

test("a stream that was cut is told as truncated, if it brought anything", async () => {
  const { exec, status } = guest();
  const child = await exec({ "capture-output": true });
  child.write("stdout", "early");
  await child.end({ status: 0, cut: ["stdout", "stderr"] });
  const answer = await status(100);
  expect(answer).toMatchObject({ exited: true, "out-truncated": true });
  expect(answer).not.toHaveProperty("err-truncated");
});

test("drops the oldest output that nobody asks for, and keeps how the process ended", async () => {
  const { exec, status } = guest();
  const megabytes = LIMITS.bytes / CAPTURE_BYTES + 1;
  for (let i = 0; i < megabytes; i++) {
    const child = await exec({ "capture-output": "stdout" });
    child.write("stdout", new Uint8Array(CAPTURE_BYTES).fill(i));
    await child.end({ status: i });
  }
  const first = (await status(100)) as Record<string, Uint8Array>;
  expect(first).toMatchObject({ exited: true, exitcode: 0, "out-truncated": true });
  expect(first["out-data"]?.length).toBe(0);
  const second = (await status(101)) as Record<string, Uint8Array>;
  expect(second).toMatchObject({ exitcode: 1, "out-truncated": false });
  expect(second["out-data"]?.length).toBe(CAPTURE_BYTES);
  expect(second["out-data"]?.[0]).toBe(1);
});

test("remembers a thousand ends", async () => {
  const { exec, status } = guest();
  for (let i = 0; i < 1001; i++) await (await exec()).end({ status: 3 });
  await expect(status(100)).rejects.toThrow("PID 100 does not exist");
  expect(await status(101)).toEqual({ exited: true, exitcode: 3 });
  expect(await status(1100)).toEqual({ exited: true, exitcode: 3 });
});

test("what runs is never forgotten", async () => {
  const { exec, status } = guest();
  await exec();
  for (let i = 0; i < 1001; i++) await (await exec()).end();
  expect(await status(100)).toEqual({ exited: false });
});

test("a pid that is used again means the newest process, also when the older one is told of late", async () => {
  const { exec, status, children } = guest();
  const older = await exec({ "capture-output": true });
  older.write("stdout", "old");
  children.nextPid = older.pid;
  const newer = await exec({ "capture-output": true });
  await older.end({ status: 1 });
  expect(await status(older.pid)).toEqual({ exited: false });
  older.write("stdout", "late");
  newer.write("stdout", "new");
  await newer.end({ status: 2 });
  expect(await status(older.pid)).toMatchObject({ exitcode: 2, "out-data": new Uint8Array(Buffer.from("new")) });
  await expect(status(older.pid)).rejects.toThrow("does not exist");
});

test("input that nobody reads is bounded, and its memory is given back when it was read", async () => {
  const { exec } = guest();
  const data = new Uint8Array(LIMITS.bytes / 4);
  const readers = [];
  for (let i = 0; i < 4; i++) readers.push(await exec({ "input-data": data }));
  await expect(exec({ "input-data": Uint8Array.of(1) })).rejects.toThrow(
    "Failed to execute child process “/bin/x” (too much input of other processes is not yet read)",
  );
  const [first] = readers;
  await first?.takeInput();
  expect(first?.options.input?.length).toBe(0);
  await exec({ "input-data": data });
});
