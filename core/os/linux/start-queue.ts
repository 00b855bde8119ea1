/**
 * Starting programs, each on a thread for a moment: a few at once, the others after them. A start that hangs, because the program is on
 * a server that doesn't answer, is given up, and takes no second thread.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { OsError } from "../ports.ts";

/** Of the pool's threads, which file calls and freezing need, too. */
const AT_ONCE = 4;

export class StartQueue {
  readonly #limitMs: number;
  readonly #hanging = new Set<string>();
  readonly #waiting: (() => void)[] = [];
  #free = AT_ONCE;

  /** @param limitMs how long a start may take, together with its time in the queue. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * @param program what is started; once it hangs, it isn't tried again before that start has ended.
   * @param begin is handed a signal that fires when it is too late: its caller has been told that nothing was started.
   * @throws OsError `ETIMEDOUT` if it is late, or what `begin` failed with.
   */
  async run<T>(program: string, begin: (late: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#hanging.has(program)) throw timedOut("its start hangs since an earlier request");
    const late = new AbortController();
    const done = new AbortController();
    const work = this.#inTurn(program, late.signal, begin);
    const deadline = sleep(this.#limitMs, undefined, { signal: done.signal, ref: false }).then(() => {
      late.abort();
      throw timedOut(`not started within ${this.#limitMs} ms`);
    });
    try {
      return await Promise.race([work, deadline]);
    } finally {
      done.abort();
      // whichever came second has no listener any more
      deadline.catch(() => undefined);
      work.catch(() => undefined);
    }
  }

  async #inTurn<T>(program: string, late: AbortSignal, begin: (late: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    const hangs = () => this.#hanging.add(program);
    late.addEventListener("abort", hangs);
    try {
      if (late.aborted || this.#hanging.has(program)) throw timedOut("its turn came too late");
      return await begin(late);
    } finally {
      late.removeEventListener("abort", hangs);
      if (late.aborted) this.#hanging.delete(program);
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }
}

function timedOut(what: string): OsError {
  return new OsError("ETIMEDOUT", 110, `the file system doesn't answer: ${what}`, "execve");
}
