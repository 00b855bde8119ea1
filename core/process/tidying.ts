/**
 * Gives back what work has left behind. V8 collects its old generation when there is much garbage: in an agent that answers small requests
 * for hours that is tens of megabytes later, and in one that nobody asks any more it is never.
 */
import { ownProcess, type Resident } from "../os/own-process.ts";

/** After the start, long enough for a first client's requests; then while there is work. */
const LOOK_MS = 1000;
/** The last look, when buffers that were kept for more work are free too. */
const LAST_LOOK_MS = 3000;
/** Garbage that is worth a collection, which takes about 10 ms: where there is work, and where there was none since the last look. */
const BUSY_BYTES = 6 * 1024 * 1024;
const QUIET_BYTES = 512 * 1024;

/** What the C library may keep of what was freed. */
const KEPT_BYTES = 1024 * 1024;
/** What may come to be mapped of the executable, beyond what little work needs. The start looks at 30 MB of it. */
const MAPPED_BYTES = 16 * 1024 * 1024;

/** How memory is looked at and given back. */
export interface Memory {
  /** Bytes of the heap and of buffers. */
  used(): number;
  resident(): Resident;
  collect(): void;
  /** Makes the C library give back what is free. */
  release(): void;
  /** Takes the executable's pages out of the process. */
  forget(): void;
}

export class Tidying {
  readonly #memory: Memory;
  #timer: NodeJS.Timeout | undefined;
  #hasWorked = false;
  #isLast = false;
  /** What was in use after the last collection; before the first one, all counts as garbage. */
  #used = 0;
  /** What was resident when all was given back; undefined while the start has left its things. */
  #least: Resident | undefined;

  constructor(memory: Memory = processMemory()) {
    this.#memory = memory;
    this.#lookIn(LOOK_MS);
  }

  /** To be called whenever something is asked for or done. Never keeps the process alive. */
  worked(): void {
    this.#hasWorked = true;
    if (this.#timer === undefined) this.#lookIn(LOOK_MS);
  }

  #lookIn(ms: number): void {
    this.#timer = setTimeout(() => this.#look(), ms).unref();
  }

  #look(): void {
    this.#timer = undefined;
    const isBusy = this.#hasWorked;
    this.#hasWorked = false;
    if (isBusy) this.#lookIn(LOOK_MS);
    else if (!this.#isLast) this.#lookIn(LAST_LOOK_MS);
    this.#isLast = !isBusy && !this.#isLast;
    try {
      // First, for it leaves garbage of its own.
      const hasForgotten = !isBusy && this.#forget();
      this.#collect(hasForgotten ? 0 : isBusy ? BUSY_BYTES : QUIET_BYTES);
      if (!isBusy) this.#release();
    } catch {
      // Node opens a file of /proc for these figures: without a descriptor left they wait for another time.
    }
  }

  #collect(worth: number): void {
    if (this.#memory.used() - this.#used < worth) return;
    this.#memory.collect();
    this.#used = this.#memory.used();
  }

  /** @returns whether there was much. */
  #forget(): boolean {
    if (this.#memory.resident().mapped - (this.#least?.mapped ?? 0) <= MAPPED_BYTES) return false;
    this.#memory.forget();
    return true;
  }

  #release(): void {
    if (this.#memory.resident().own - (this.#least?.own ?? 0) > KEPT_BYTES) this.#memory.release();
    const { own, mapped } = this.#memory.resident();
    this.#least = { own: Math.min(own, this.#least?.own ?? own), mapped: Math.min(mapped, this.#least?.mapped ?? mapped) };
  }
}

function processMemory(): Memory {
  let collect: ((options: object) => void) | undefined;
  return {
    used: () => {
      const { heapUsed, external } = process.memoryUsage();
      return heapUsed + external;
    },
    resident: () => ownProcess().resident?.() ?? { own: process.memoryUsage.rss(), mapped: 0 },
    collect: () => {
      collect ??= exposedCollector();
      collect({ type: "major", flavor: "last-resort" });
    },
    release: ifPossible(() => ownProcess().releaseFreeMemory?.()),
    forget: ifPossible(() => ownProcess().forgetMappedPages?.()),
  };
}

/** Without native calls it stays as it is. */
function ifPossible(action: () => void): () => void {
  return () => {
    try {
      action();
    } catch {}
  };
}

function exposedCollector(): (options: object) => void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  const { runInNewContext } = process.getBuiltinModule("node:vm");
  // As a flag of the executable it would cost 8 ms at start: V8 then refuses the code that Node has compiled in advance.
  setFlagsFromString("--expose-gc");
  const collect: unknown = runInNewContext("globalThis.gc");
  setFlagsFromString("--no-expose-gc");
  return typeof collect === "function" ? (collect as (options: object) => void) : () => undefined;
}
