/** Starting a process for the host, and telling it how that ended. */
import { type ChildEnd, type ChildProcesses, type CommandContext, failed, type Int64Value, OsError } from "../../core/plugin.ts";
import type { Result, Results } from "./results.ts";

type Mode = "none" | "stdout" | "stderr" | "separated" | "merged";

export interface StartArguments {
  readonly path: string;
  readonly arg?: readonly string[];
  readonly env?: readonly string[];
  readonly "input-data"?: Uint8Array;
  readonly "capture-output"?: boolean | Mode;
}

/** @throws CommandError if the program can't be started. */
export async function startProcess(children: ChildProcesses, results: Results, args: StartArguments, context: CommandContext) {
  const { path, arg = [], env, "input-data": data, "capture-output": captured = false } = args;
  const input = data === undefined ? undefined : keptInput(data, path, results);
  const out = results.capture();
  const err = results.capture();
  try {
    const child = await children.start(path, arg, {
      capture: typeof captured === "boolean" ? (captured ? "separated" : "none") : captured,
      onOutput: (stream, chunk) => (stream === "stdout" ? out : err).append(chunk),
      signal: context.signal,
      ...(env === undefined ? {} : { environment: env }),
      ...(input === undefined ? {} : { input }),
    });
    const result = results.add(child.pid, out, err);
    void child.ended.then((end) => results.finish(result, end));
    if (input !== undefined) void child.fed.then(() => dropInput(input, results));
    // Not what it was given: arguments, environment and input may hold secrets.
    context.log.info(`guest-exec started ${JSON.stringify(path)} as process ${child.pid}`);
    return { pid: child.pid };
  } catch (error) {
    results.discard({ out, err });
    if (input !== undefined) dropInput(input, results);
    throw error instanceof OsError ? startFailure(path, error.message) : error;
  }
}

/** The argument's bytes are the request's: they end with it. */
function keptInput(data: Uint8Array, path: string, results: Results): Uint8Array<ArrayBuffer> {
  if (!results.reserve(data.length)) throw startFailure(path, "too much input of other processes is not yet read");
  return new Uint8Array(data);
}

function dropInput(input: Uint8Array<ArrayBuffer>, results: Results): void {
  results.giveBack(input.length);
  input.buffer.transferToFixedLength(0); // at once, not when memory is next collected
}

function startFailure(path: string, reason: string) {
  return failed(`Failed to execute child process “${path}” (${reason})`);
}

/**
 * Tells whether a process still runs. Its end is told once, and then forgotten.
 * @throws CommandError if there is no such process.
 */
export function processStatus(results: Results, pid: Int64Value, context: CommandContext) {
  const result = results.find(pid);
  if (result === undefined) throw failed(`PID ${pid} does not exist`);
  if (result.end === undefined) return { exited: false };
  results.take(result);
  context.afterAnswer(() => results.discard(result));
  return ending(result, result.end);
}

function ending({ out, err }: Result, { status: exitcode, signal, cut }: ChildEnd) {
  return {
    exited: true,
    ...(exitcode === undefined ? {} : { exitcode }),
    ...(signal === undefined ? {} : { signal }),
    ...(out.used ? { "out-data": out.bytes(), "out-truncated": out.truncated || cut.includes("stdout") } : {}),
    ...(err.used ? { "err-data": err.bytes(), "err-truncated": err.truncated || cut.includes("stderr") } : {}),
  };
}
