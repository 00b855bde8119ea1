/** Programs that the agent waits for. */
import { access, constants as fileConstants } from "node:fs";
import { constants } from "node:os";
import type { ChildProcesses } from "../child-processes.ts";
import { inheritedEnvironment } from "../environment.ts";
import { osError } from "../errno.ts";
import type { Processes, ProcessOptions, ProcessResult } from "../ports.ts";

/** Output beyond this is read and thrown away. */
const OUTPUT_BYTES = 64 * 1024;
/** Any time will do: what the agent waits for keeps it from ending. */
const HOLD_MS = 60_000;

export class NodeProcesses implements Processes {
  readonly #children: ChildProcesses;
  readonly #kill: (pid: number) => void;

  /** @param kill ends a program and what it has started. */
  constructor(children: ChildProcesses, kill: (pid: number) => void) {
    this.#children = children;
    this.#kill = kill;
  }

  async run(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    if (options.signal?.aborted) throw osError({ code: "ECANCELED" }, "spawn");
    const chunks: Buffer[] = [];
    let bytes = 0;
    const child = await this.#children.start(program, args, {
      environment: Object.entries(inheritedEnvironment()).map(([name, value]) => `${name}=${value}`),
      capture: options.output === "ignored" ? "none" : "separated",
      onOutput: (_, chunk) => {
        const part = Buffer.from(chunk.subarray(0, OUTPUT_BYTES - bytes));
        bytes += part.length;
        chunks.push(part);
      },
      ...(options.input === undefined ? {} : { input: Buffer.from(options.input) }),
    });
    const kill = () => this.#kill(child.pid);
    const hold = setInterval(() => undefined, HOLD_MS);
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(kill, options.timeoutMs);
    options.signal?.addEventListener("abort", kill, { once: true });
    try {
      const { status, signal } = await child.ended;
      return { status, signal: signal === undefined ? undefined : signalName(signal), output: Buffer.concat(chunks).toString("utf8") };
    } finally {
      clearTimeout(timer);
      clearInterval(hold);
      options.signal?.removeEventListener("abort", kill);
    }
  }

  isExecutable(path: string): Promise<boolean> {
    return new Promise((resolve) => access(path, fileConstants.X_OK, (error) => resolve(!error)));
  }
}

function signalName(number: number): string {
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}
