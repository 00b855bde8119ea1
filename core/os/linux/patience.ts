/** Calls that can hang for ever in the kernel, on a dead server or a lost device: late is an answer, too, and no thread is lost twice. */
import { setTimeout as sleep } from "node:timers/promises";
import { OsError } from "../ports.ts";

/** Each call that hangs keeps a thread; the others must go on. */
const AT_ONCE = 6;

export class Patience {
  readonly #limitMs: number;
  readonly #underWay = new Set<string>();

  /** @param limitMs how long a call may take before its caller is told that it is late. */
  constructor(limitMs: number) {
    this.#limitMs = limitMs;
  }

  /**
   * Makes a call, unless the same one still hangs from before, or too many do.
   * @param key what is asked, for instance the call and its path.
   * @param name of the system call, for the error.
   * @throws OsError `ETIMEDOUT` if it is late, or what the call failed with.
   */
  async ask<T>(key: string, name: string, call: () => Promise<T>): Promise<T> {
    if (this.#underWay.has(key)) throw late(name, "it hangs since an earlier request");
    if (this.#underWay.size >= AT_ONCE) throw late(name, "too many devices or servers hang already");
    this.#underWay.add(key);
    const work = call().finally(() => this.#underWay.delete(key));
    const stop = new AbortController();
    const tooLate = sleep(this.#limitMs, undefined, { signal: stop.signal }).then(() => {
      throw late(name, `no answer within ${this.#limitMs} ms`);
    });
    try {
      return await Promise.race([work, tooLate]);
    } finally {
      stop.abort();
      // whichever came second has no listener any more
      tooLate.catch(() => undefined);
      work.catch(() => undefined);
    }
  }
}

function late(call: string, what: string): OsError {
  return new OsError("ETIMEDOUT", 110, `the device or its server doesn't answer: ${what}`, call);
}
