/** Programs that run beside the agent, as guest-exec starts them. */
import { Token } from "../token.ts";

export type OutputStream = "stdout" | "stderr";

export interface ChildOptions {
  /** Replaces the environment, as "NAME=value"; inherited without it. */
  readonly environment?: readonly string[];
  /** Sent to its standard input, which is /dev/null otherwise. The bytes must not change until the child is `fed`. */
  readonly input?: Uint8Array;
  /** Which streams are handed over; the others go to /dev/null. "merged": both, in their order, as standard output. */
  readonly capture: "none" | "stdout" | "stderr" | "separated" | "merged";
  /** Called with what a captured stream brings; the chunk is used again afterwards, so copy what is to be kept. */
  readonly onOutput?: (stream: OutputStream, chunk: Uint8Array) => void;
  /** A program that isn't started when this fires won't be; one that is goes on. */
  readonly signal?: AbortSignal;
}

export interface ChildEnd {
  /** Exit status, or undefined if a signal ended the process. */
  readonly status: number | undefined;
  /** The signal's number. */
  readonly signal: number | undefined;
  /**
   * The captured streams that another process still held open when the patience for the rest was over. That process can go on writing,
   * but nothing of it is handed over.
   */
  readonly cut: readonly OutputStream[];
}

export interface Child {
  readonly pid: number;
  /** Resolves when the input was written, or nobody is there to read it. Never rejects. */
  readonly fed: Promise<void>;
  /** Resolves when the process has ended and its output was read, or the deadline for the rest of it has passed. Never rejects. */
  readonly ended: Promise<ChildEnd>;
}

export interface ChildProcesses {
  /**
   * Starts a program in a session, and so a process group, of its own, without a shell.
   * @param program a path, or a name that is looked for in the PATH of its environment; where that has none, in the agent's own, or in
   *   the standard places. An executable text that doesn't name its interpreter is run by /bin/sh, as execvp does.
   * @param args behind the program's name.
   * @returns once the program is loaded.
   * @throws OsError if it can't be started.
   */
  start(program: string, args: readonly string[], options: ChildOptions): Promise<Child>;
}

export const ChildProcesses = new Token<ChildProcesses>("child processes");
