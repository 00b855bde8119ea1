/** The processes that a host has started and not yet heard the end of. */
import type { ChildEnd, Holdings } from "../../core/plugin.ts";
import { Capture } from "./capture.ts";

export interface Limits {
  /** What captured output, and input that was not yet read, may take together. Some hosts never ask for what they have started. */
  readonly bytes: number;
  /** How many processes that have ended are remembered. */
  readonly ended: number;
}

export const LIMITS: Limits = { bytes: 256 * 1024 * 1024, ended: 1000 };

export interface Result {
  readonly pid: number;
  readonly out: Capture;
  readonly err: Capture;
  /** Undefined while it runs. */
  end?: ChildEnd;
}

export class Results {
  readonly #holdings: Holdings;
  readonly #limits: Limits;
  readonly #byPid = new Map<number, Result>();
  /** The oldest first. */
  readonly #ended = new Set<Result>();
  #bytes = 0;

  constructor(holdings: Holdings, limits: Limits = LIMITS) {
    this.#holdings = holdings;
    this.#limits = limits;
  }

  /** Bytes in use, of those that are limited. */
  get bytes(): number {
    return this.#bytes;
  }

  /** For the output of a process that is about to be started. */
  capture(): Capture {
    return new Capture((bytes) => this.reserve(bytes));
  }

  /**
   * Takes bytes of what all may use together. Where they are used up, the oldest output of a process that has ended is dropped.
   * @returns false if what still runs uses too much.
   */
  reserve(bytes: number): boolean {
    if (bytes > this.#limits.bytes) return false;
    for (const oldest of this.#ended) {
      if (this.#bytes + bytes <= this.#limits.bytes) break;
      this.discard(oldest);
    }
    if (this.#bytes + bytes > this.#limits.bytes) return false;
    this.#bytes += bytes;
    return true;
  }

  /** Gives reserved bytes back. */
  giveBack(bytes: number): void {
    this.#bytes -= bytes;
  }

  /**
   * Remembers a process that was started. The kernel uses a pid again: the newest process is then the one that is asked for, and an
   * older one, whose end nobody wanted to know, is forgotten.
   */
  add(pid: number, out: Capture, err: Capture): Result {
    const older = this.#byPid.get(pid);
    if (older !== undefined) this.#forget(older);
    const result: Result = { pid, out, err };
    this.#byPid.set(pid, result);
    this.#tell();
    return result;
  }

  finish(result: Result, end: ChildEnd): void {
    if (this.#byPid.get(result.pid) !== result) return;
    result.end = end;
    this.#ended.add(result);
    const [oldest] = this.#ended;
    if (this.#ended.size > this.#limits.ended && oldest !== undefined) this.#forget(oldest);
  }

  find(pid: number | bigint): Result | undefined {
    return this.#byPid.get(Number(pid));
  }

  /** Nobody can ask for it any more. Its output is left, to be discarded. */
  take(result: Result): void {
    this.#ended.delete(result);
    if (this.#byPid.get(result.pid) === result) this.#byPid.delete(result.pid);
    this.#tell();
  }

  /** Processes that can be asked for, whether they run or have ended. */
  #tell(): void {
    this.#holdings.set("processes", this.#byPid.size);
  }

  /** Frees output that nobody needs any more. */
  discard({ out, err }: Pick<Result, "out" | "err">): void {
    this.#bytes -= out.release() + err.release();
  }

  #forget(result: Result): void {
    this.take(result);
    this.discard(result);
  }
}
