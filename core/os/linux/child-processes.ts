import type { Child, ChildEnd, ChildOptions, ChildProcesses } from "../child-processes.ts";
import { inheritedEnvironment } from "../environment.ts";
import { OsError } from "../ports.ts";
import { drained, type RestDeadlines } from "../rest-of-output.ts";
import { ChildEnds } from "./child-ends.ts";
import type { InputPipe } from "./child-input.ts";
import { ChildPipes } from "./child-pipes.ts";
import { osError } from "./errno.ts";
import { findProgram, searchPath } from "./program-path.ts";
import { spawnOffLoop } from "./spawn.ts";
import { StartQueue } from "./start-queue.ts";

interface Deadlines extends RestDeadlines {
  /** A program that isn't loaded by then is on a server that doesn't answer. */
  readonly startMs: number;
}

const DEADLINES: Deadlines = { startMs: 10_000, silenceMs: 2000, restMs: 10_000 };

/** The kernel takes no more for arguments and environment together (3/4 of _STK_LIM), a pointer for each included. */
const ARGUMENT_BYTES = 6 * 1024 * 1024;
const POINTER_BYTES = 8;

/** Runs what names no interpreter. */
const SHELL = "/bin/sh";

/** How long a process that the child left behind may take to read the rest of the input. */
const INPUT_MS = 2000;

/** One for all, as the process has one SIGCHLD. */
const ends = new ChildEnds();

export class LinuxChildProcesses implements ChildProcesses {
  readonly #queue: StartQueue;
  readonly #deadlines: Deadlines;

  constructor(deadlines: Deadlines = DEADLINES) {
    this.#queue = new StartQueue(deadlines.startMs);
    this.#deadlines = deadlines;
  }

  async start(program: string, args: readonly string[], options: ChildOptions): Promise<Child> {
    const environment = options.environment ?? Object.entries(inheritedEnvironment()).map(([name, value]) => `${name}=${value}`);
    const argv = [program, ...args];
    checkStrings([...argv, ...environment]);
    return this.#queue.run(program, async (late) => {
      const path = await findProgram(program, placesOf(environment));
      if (late.aborted || options.signal?.aborted) throw osError({ code: "ECANCELED" }, "execve");
      const pipes = new ChildPipes(options);
      ends.listen();
      const pid = await spawnOrScript(path, argv, environment, pipes).catch((error: unknown) => {
        pipes.close();
        throw error;
      });
      if (!late.aborted) return attend(pid, pipes, options, this.#deadlines);
      // Its start was reported as failed: nobody will ask for it.
      pipes.close();
      killGroup(pid);
      void ends.of(pid);
      throw osError({ code: "ECANCELED" }, "execve");
    });
  }
}

function attend(pid: number, pipes: ChildPipes, options: ChildOptions, deadlines: RestDeadlines): Child {
  const { input, outputs } = pipes.begin(options);
  const ended = ends.of(pid).then(async ({ status, signal }): Promise<ChildEnd> => {
    if (input !== undefined) closeLater(input);
    const open = await drained([...outputs.keys()], deadlines);
    return { status, signal, cut: open.flatMap((pipe) => outputs.get(pipe) ?? []) };
  });
  return { pid, fed: input?.closed ?? Promise.resolve(), ended };
}

/** @throws OsError for what no program can be given. */
function checkStrings(strings: readonly string[]): void {
  let bytes = 0;
  for (const string of strings) {
    if (string.includes("\0")) throw osError({ code: "EINVAL" }, "execve");
    bytes += string.length + 1 + POINTER_BYTES;
    if (bytes > ARGUMENT_BYTES) throw osError({ code: "E2BIG" }, "execve");
  }
}

/** The first PATH counts, as for getenv. */
function placesOf(environment: readonly string[]): string {
  const name = "PATH=";
  return environment.find((entry) => entry.startsWith(name))?.slice(name.length) ?? searchPath();
}

async function spawnOrScript(path: string, argv: readonly string[], environment: readonly string[], pipes: ChildPipes): Promise<number> {
  try {
    return await spawnOffLoop(path, argv, environment, pipes.streams);
  } catch (error) {
    if (!(error instanceof OsError && error.code === "ENOEXEC")) throw error;
    return spawnOffLoop(SHELL, [SHELL, path, ...argv.slice(1)], environment, pipes.streams);
  }
}

/** Ends a child and whatever it started in its session. */
export function killGroup(pid: number): void {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}

function closeLater(input: InputPipe): void {
  const timer = setTimeout(() => input.close(), INPUT_MS).unref();
  void input.closed.then(() => clearTimeout(timer));
}
