/** What still comes of a program's output when it has ended. */
import { setTimeout as sleep } from "node:timers/promises";

/** After its end a process that the child left behind may hold a pipe. */
export interface RestDeadlines {
  /** How long that one may be silent before the rest is given up. */
  readonly silenceMs: number;
  /** The same, for one that goes on writing. */
  readonly restMs: number;
}

/** One that a program writes into. */
interface Pipe {
  /** Resolves when nobody has the other end any more. */
  readonly closed: Promise<void>;
  readonly isClosed: boolean;
  /** When it last brought something, as `performance.now` counts. */
  readonly lastOutput: number;
  /** From here on it is only emptied. */
  abandon(): void;
}

/**
 * Waits for the rest of the output of a child that has ended.
 * @returns the pipes whose end did not come in time; they are abandoned.
 */
export async function drained<T extends Pipe>(pipes: readonly T[], { silenceMs, restMs }: RestDeadlines): Promise<readonly T[]> {
  const childEnd = performance.now();
  const allClosed = Promise.all(pipes.map((pipe) => pipe.closed));
  for (;;) {
    const open = pipes.filter((pipe) => !pipe.isClosed);
    if (open.length === 0) return open;
    const lastOutput = Math.max(childEnd, ...open.map((pipe) => pipe.lastOutput));
    const patience = Math.min(lastOutput + silenceMs, childEnd + restMs) - performance.now();
    if (patience <= 0) {
      for (const pipe of open) pipe.abandon();
      return open;
    }
    const done = new AbortController();
    await Promise.race([allClosed, sleep(patience, undefined, { ref: false, signal: done.signal }).catch(() => undefined)]);
    done.abort();
  }
}
