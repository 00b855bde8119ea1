/** Programs beside the agent, by Node's own way to start them. */
import type { ChildProcess, StdioOptions } from "node:child_process";
import { constants } from "node:os";
import type { Child, ChildEnd, ChildOptions, ChildProcesses, OutputStream } from "../child-processes.ts";
import { inheritedEnvironment } from "../environment.ts";
import { osError } from "../errno.ts";
import { OsError } from "../ports.ts";
import { drained, type RestDeadlines } from "../rest-of-output.ts";
import { OutputPipe } from "./output.ts";

const REST: RestDeadlines = { silenceMs: 2000, restMs: 10_000 };

/** What differs from system to system. */
export interface Starting {
  /** @returns the path that a program's name stands for. @throws OsError where there is none, or it can't be started. */
  find(program: string, environment: Readonly<Record<string, string>>): Promise<string>;
  /** A pipe that two streams can share, where there is one. */
  readonly pipe?: () => { readonly read: number; readonly write: number };
}

/** How long a process that the child left behind may take to read the rest of the input. */
const INPUT_MS = 2000;

export class NodeChildProcesses implements ChildProcesses {
  readonly #starting: Starting;

  constructor(starting: Starting) {
    this.#starting = starting;
  }

  async start(program: string, args: readonly string[], options: ChildOptions): Promise<Child> {
    const { capture, environment, input, signal } = options;
    const merged = capture === "merged";
    if (merged && this.#starting.pipe === undefined) {
      throw new OsError("ENOSYS", 0, "both outputs can't be merged here: ask for 'separated'", "spawn");
    }
    if ([program, ...args, ...(environment ?? [])].some((text) => text.includes("\0"))) throw osError({ code: "EINVAL" }, "spawn");
    const env = environment === undefined ? inheritedEnvironment() : variablesOf(environment);
    const path = await this.#starting.find(program, env);
    const { spawn } = await import("node:child_process");
    if (signal?.aborted) throw osError({ code: "ECANCELED" }, "spawn");
    const shared = merged ? this.#starting.pipe?.() : undefined;
    const stdio: StdioOptions = [
      input === undefined ? "ignore" : "pipe",
      shared?.write ?? (capture === "stdout" || capture === "separated" ? "pipe" : "ignore"),
      shared?.write ?? (capture === "stderr" || capture === "separated" ? "pipe" : "ignore"),
    ];
    try {
      // Detached: a session of its own, and it outlives the agent, which may be what it replaces.
      const child = spawn(path, args, { env, stdio, argv0: program, detached: true, windowsHide: true });
      child.on("error", () => undefined); // beside the one that its start waits for
      const outputs = outputsOf(child, options, shared?.read);
      const pid = await started(child).catch((error: unknown) => {
        for (const { pipe } of outputs) pipe.abandon();
        throw error;
      });
      child.unref();
      const fed = input === undefined ? Promise.resolve() : feed(child, input);
      return { pid, fed, ended: ended(child, outputs) };
    } catch (error) {
      throw osError(error, "spawn");
    } finally {
      if (shared !== undefined) process.getBuiltinModule("node:fs").closeSync(shared.write);
    }
  }
}

interface Output {
  readonly stream: OutputStream;
  readonly pipe: OutputPipe;
}

function outputsOf(child: ChildProcess, { onOutput }: ChildOptions, shared: number | undefined): Output[] {
  const handed = (stream: OutputStream) => (chunk: Uint8Array) => onOutput?.(stream, chunk);
  if (shared !== undefined) return [{ stream: "stdout", pipe: OutputPipe.ofDescriptor(shared, handed("stdout")) }];
  return [
    ...(child.stdout ? [{ stream: "stdout" as const, pipe: new OutputPipe(child.stdout, handed("stdout")) }] : []),
    ...(child.stderr ? [{ stream: "stderr" as const, pipe: new OutputPipe(child.stderr, handed("stderr")) }] : []),
  ];
}

function started(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.once("error", reject);
  });
}

/** Resolves when all was written, or nobody reads it. */
function feed({ stdin }: ChildProcess, input: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (!stdin) return resolve();
    stdin.on("error", () => resolve()); // a program need not read what it is given
    stdin.once("close", () => resolve());
    stdin.end(input);
  });
}

async function ended(child: ChildProcess, outputs: readonly Output[]): Promise<ChildEnd> {
  const { status, signal } = await new Promise<{ status: number | null; signal: NodeJS.Signals | null }>((resolve) => {
    child.once("exit", (code, by) => resolve({ status: code, signal: by }));
  });
  setTimeout(() => child.stdin?.destroy(), INPUT_MS).unref();
  const open = await drained(
    outputs.map(({ pipe }) => pipe),
    REST,
  );
  return {
    status: status ?? undefined,
    signal: signal === null ? undefined : constants.signals[signal],
    cut: outputs.filter(({ pipe }) => open.includes(pipe)).map(({ stream }) => stream),
  };
}

/** The first of several with one name counts. */
function variablesOf(environment: readonly string[]): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const entry of environment) {
    const at = entry.indexOf("=", 1);
    const name = at < 0 ? entry : entry.slice(0, at);
    if (!Object.hasOwn(variables, name)) variables[name] = at < 0 ? "" : entry.slice(at + 1);
  }
  return variables;
}
