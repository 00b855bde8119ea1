/** One run of a script: its output and its end, or why it was ended. */
import type { Log } from "../../log.ts";
import type { Child, ChildEnd, ChildProcesses } from "../../os/child-processes.ts";
import { ownProcess } from "../../os/own-process.ts";
import { LogLines } from "./log-lines.ts";
import type { Manifest } from "./manifest.ts";

/** It was ended by the agent. The message completes "Command NAME failed: ". */
export class Stopped extends Error {
  override readonly name = "Stopped";
}

export interface ScriptStart {
  /** "NAME=value" each. */
  readonly environment: readonly string[];
  readonly input: Uint8Array;
  readonly manifest: Pick<Manifest, "command" | "timeoutMs" | "maxOutput">;
  readonly log: Pick<Log, "message">;
  /** Each of them ends it. */
  readonly signals: readonly AbortSignal[];
}

export class ScriptProcess {
  /** Resolves when it has ended, whether or not anybody still waits for it. */
  readonly gone: Promise<ChildEnd>;
  readonly #child: Child;
  readonly #run: Run;

  private constructor(child: Child, run: Run) {
    this.#child = child;
    this.#run = run;
    this.gone = child.ended;
  }

  /**
   * The time limit begins here.
   * @throws Error saying why it can't be started, Stopped
   */
  static async start(
    children: ChildProcesses,
    [program, ...args]: readonly [string, ...string[]],
    start: ScriptStart,
  ): Promise<ScriptProcess> {
    const run = new Run(start);
    try {
      const child = await children.start(program, args, {
        environment: start.environment,
        input: start.input,
        capture: "separated",
        onOutput: (stream, chunk) => (stream === "stdout" ? run.addOutput(chunk) : run.addErrors(chunk)),
        signal: run.stopping.signal,
      });
      return new ScriptProcess(child, run);
    } catch (error) {
      run.end();
      if (run.stopping.signal.aborted) throw run.stopping.signal.reason;
      throw new Error(`its program can't be started: ${(error as Error).message}`);
    }
  }

  /** What it has printed; whole once it has `finished`. */
  get output(): Uint8Array {
    return Buffer.concat(this.#run.chunks);
  }

  /** @throws Stopped if it was ended, with whatever it has started in its session. */
  async finished(): Promise<ChildEnd> {
    const { signal } = this.#run.stopping;
    let stopped = () => {};
    try {
      const ended = await Promise.race([
        this.#child.ended,
        new Promise<undefined>((resolve) => {
          stopped = () => resolve(undefined);
          signal.addEventListener("abort", stopped, { once: true });
          if (signal.aborted) stopped();
        }),
      ]);
      if (ended !== undefined && !signal.aborted) return ended;
      ownProcess().killTree(this.#child.pid);
      throw signal.reason;
    } finally {
      signal.removeEventListener("abort", stopped);
      this.#run.end();
    }
  }
}

/** What watches over it. */
class Run {
  readonly stopping = new AbortController();
  readonly chunks: Buffer[] = [];
  readonly #start: ScriptStart;
  readonly #lines: LogLines;
  readonly #timer: NodeJS.Timeout;
  readonly #giveUp = () => this.#stop("it was given up, and ended");
  #bytes = 0;
  #over = false;

  constructor(start: ScriptStart) {
    const { manifest, log, signals } = start;
    this.#start = start;
    this.#lines = new LogLines(log, manifest.command);
    this.#timer = setTimeout(() => this.#stop(`it took longer than ${manifest.timeoutMs / 1000} s, and was ended`), manifest.timeoutMs);
    for (const signal of signals) {
      signal.addEventListener("abort", this.#giveUp, { once: true });
      if (signal.aborted) this.#giveUp();
    }
  }

  /** @param chunk is copied. */
  addOutput(chunk: Uint8Array): void {
    const { maxOutput } = this.#start.manifest;
    if (this.stopping.signal.aborted) return;
    this.#bytes += chunk.length;
    if (this.#bytes > maxOutput) this.#stop(`it printed more than ${maxOutput} bytes, and was ended`);
    else this.chunks.push(Buffer.from(chunk));
  }

  /** What comes after the answer is nobody's. */
  addErrors(chunk: Uint8Array): void {
    if (!this.#over) this.#lines.add(chunk);
  }

  end(): void {
    clearTimeout(this.#timer);
    for (const signal of this.#start.signals) signal.removeEventListener("abort", this.#giveUp);
    this.#over = true;
    this.#lines.finish();
  }

  #stop(reason: string): void {
    this.chunks.length = 0;
    this.stopping.abort(new Stopped(reason));
  }
}
