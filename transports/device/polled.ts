/** A stream for runtimes without Node's pipe handle: asks the descriptor again and again, less often while nothing happens. */
import { Duplex } from "node:stream";

const BUFFER_BYTES = 64 * 1024;
const SOONEST_MS = 1;
const LATEST_MS = 50;

/** What is done with a descriptor that never waits: the ports for devices and for sockets have it. */
export interface Descriptors {
  take(fd: number, into: Uint8Array): number | undefined;
  give(fd: number, from: Uint8Array): number | undefined;
  /** Tells the other end that nothing more will come; without it there is no such thing. */
  finish?(fd: number): void;
  close(fd: number): void;
  /** Calls back once when another attempt is worth it; without it there are attempts again and again. @returns what ends the waiting. */
  ready?(fd: number, then: () => void): () => void;
}

export class PolledStream extends Duplex {
  readonly #fd: number;
  readonly #descriptors: Descriptors;
  readonly #waits = new Set<() => void>();
  /** Of the write that waits: who waits for it must be told if it never comes to it. */
  #written: ((error?: Error | null) => void) | undefined;

  constructor(fd: number, descriptors: Descriptors) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#fd = fd;
    this.#descriptors = descriptors;
  }

  override _read(): void {
    this.#poll(() => {
      const into = Buffer.allocUnsafe(BUFFER_BYTES);
      const count = this.#descriptors.take(this.#fd, into);
      if (count === undefined) return false;
      this.push(count === 0 ? null : into.subarray(0, count));
      return true;
    });
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    let rest = bytes;
    this.#written = done;
    this.#poll(() => {
      for (;;) {
        const count = this.#descriptors.give(this.#fd, rest);
        if (count === undefined) return false;
        rest = rest.subarray(count);
        if (rest.length === 0) break;
      }
      this.#written = undefined;
      done();
      return true;
    });
  }

  override _final(done: (error?: Error | null) => void): void {
    try {
      this.#descriptors.finish?.(this.#fd);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const end of this.#waits) end();
    this.#descriptors.close(this.#fd);
    this.#written?.(error ?? new Error("the stream was closed"));
    done(error);
  }

  #poll(attempt: () => boolean, waitMs: number = SOONEST_MS): void {
    if (this.destroyed) return;
    try {
      if (attempt()) return;
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const again = () => {
      this.#waits.delete(end);
      this.#poll(attempt, Math.min(waitMs * 2, LATEST_MS));
    };
    const end = this.#descriptors.ready?.(this.#fd, again) ?? later(again, waitMs);
    this.#waits.add(end);
  }
}

function later(then: () => void, ms: number): () => void {
  const timer = setTimeout(then, ms);
  return () => clearTimeout(timer);
}
