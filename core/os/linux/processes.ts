/** Programs that the agent waits for: children of which it needs the end and a little of the output. */
import { constants } from "node:os";
import type { ChildEnd, ChildProcesses } from "../child-processes.ts";
import { inheritedEnvironment } from "../environment.ts";
import type { Processes, ProcessOptions, ProcessResult } from "../ports.ts";
import { killGroup, LinuxChildProcesses } from "./child-processes.ts";
import { osError } from "./errno.ts";
import { findProgram, helperPath, isExecutable, searchPath } from "./program-path.ts";

/** Output beyond this is read and thrown away. */
const OUTPUT_BYTES = 64 * 1024;

/** Any time will do. */
const HOLD_MS = 60_000;

export class LinuxProcesses implements Processes {
  readonly #children: ChildProcesses;

  constructor(children: ChildProcesses = new LinuxChildProcesses()) {
    this.#children = children;
  }

  async run(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    if (options.signal?.aborted === true) throw osError({ code: "ECANCELED" }, "execve");
    const path = await findProgram(program, helperPath());
    const output = new Beginning(OUTPUT_BYTES);
    const child = await this.#children.start(path, args, {
      environment: Object.entries({ ...inheritedEnvironment(), PATH: searchPath() }).map(([name, value]) => `${name}=${value}`),
      capture: options.output === "ignored" ? "none" : "merged",
      onOutput: (_, chunk) => output.add(chunk),
      ...(options.input === undefined ? {} : { input: Buffer.from(options.input) }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    });
    const { status, signal } = await unlessKilled(child.pid, child.ended, options);
    return { status, signal: signal === undefined ? undefined : signalName(signal), output: output.text() };
  }

  isExecutable(path: string): Promise<boolean> {
    return isExecutable(path);
  }
}

async function unlessKilled(pid: number, ended: Promise<ChildEnd>, { signal, timeoutMs }: ProcessOptions): Promise<ChildEnd> {
  const kill = () => killGroup(pid);
  // A child doesn't keep the agent from ending. What the agent waits for does: a thaw's hook, for instance, when the channel is gone.
  const hold = setInterval(() => undefined, HOLD_MS);
  const timer = timeoutMs === undefined ? undefined : setTimeout(kill, timeoutMs);
  signal?.addEventListener("abort", kill, { once: true });
  if (signal?.aborted === true) kill();
  try {
    return await ended;
  } finally {
    clearTimeout(timer);
    clearInterval(hold);
    signal?.removeEventListener("abort", kill);
  }
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/** The first bytes of an output. */
class Beginning {
  readonly #limit: number;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  add(chunk: Uint8Array): void {
    const rest = chunk.subarray(0, this.#limit - this.#bytes);
    this.#bytes += rest.length;
    if (rest.length > 0) this.#chunks.push(Buffer.from(rest));
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
