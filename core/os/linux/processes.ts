/** Programs on Linux: a session of their own, so that a signal to the agent's group spares them and one to theirs takes all of it. */
import type { ChildProcess, StdioOptions } from "node:child_process";
import { closeSync } from "node:fs";
import { Socket } from "node:net";
import type { Processes, ProcessOptions, ProcessResult } from "../ports.ts";
import { osError } from "./errno.ts";
import { pipe } from "./libc.ts";
import { findProgram, isExecutable, searchPath } from "./program-path.ts";

/** Output beyond this is read and thrown away. */
const OUTPUT_BYTES = 64 * 1024;

/** How long to wait for the end of the output after the program's: a process that it left behind may hold the pipe for ever. */
const DRAIN_MS = 2000;

export class LinuxProcesses implements Processes {
  async run(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    const path = await findProgram(program);
    if (path === undefined) throw osError({ code: "ENOENT" }, "execve");
    if (options.signal?.aborted === true) throw osError({ code: "ECANCELED" }, "execve");
    const { spawn } = await import("node:child_process");
    const output = options.output === "ignored" ? undefined : new Output();
    const target = output?.writeEnd ?? "ignore";
    const stdio: StdioOptions = [options.input === undefined ? "ignore" : "pipe", target, target];
    try {
      const child = spawn(path, args, { detached: true, stdio, env: { ...process.env, PATH: searchPath() } });
      output?.started();
      return await ended(child, output, options);
    } catch (error) {
      throw osError(error, "execve"); // node's own check of its arguments, or what the child could not do
    } finally {
      output?.close();
    }
  }

  isExecutable(path: string): Promise<boolean> {
    return isExecutable(path);
  }
}

async function ended(child: ChildProcess, output: Output | undefined, options: ProcessOptions): Promise<ProcessResult> {
  const kill = () => killGroup(child.pid);
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);
  options.signal?.addEventListener("abort", kill, { once: true });
  try {
    const end = new Promise<Omit<ProcessResult, "output">>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (status, signal) => resolve({ status: status ?? undefined, signal: signal ?? undefined }));
    });
    child.stdin?.on("error", () => {}); // a program need not read what it is given
    child.stdin?.end(options.input);
    const result = await end;
    child.stdin?.destroy();
    return { ...result, output: (await output?.text()) ?? "" };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", kill);
  }
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}

/** One pipe for both streams, which keeps them in order. Node alone would make one for each. */
class Output {
  readonly writeEnd: number;
  readonly #reader: Socket;
  readonly #ended: Promise<void>;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;
  #open = true;

  constructor() {
    const ends = pipe();
    this.writeEnd = ends.write;
    this.#reader = new Socket({ fd: ends.read, readable: true, writable: false });
    this.#reader.on("data", (chunk) => this.#keep(chunk));
    this.#reader.on("error", () => {});
    this.#ended = new Promise((resolve) => this.#reader.once("close", () => resolve()));
  }

  /** The child has its copy of the write end; with ours open the output would never end. */
  started(): void {
    if (this.#open) closeSync(this.writeEnd);
    this.#open = false;
  }

  async text(): Promise<string> {
    const deadline = setTimeout(() => this.#reader.destroy(), DRAIN_MS);
    await this.#ended;
    clearTimeout(deadline);
    return Buffer.concat(this.#chunks).toString("utf8");
  }

  close(): void {
    this.started();
    this.#reader.destroy();
  }

  #keep(chunk: Buffer): void {
    const rest = chunk.subarray(0, OUTPUT_BYTES - this.#bytes);
    this.#bytes += rest.length;
    if (rest.length > 0) this.#chunks.push(Buffer.from(rest));
  }
}
