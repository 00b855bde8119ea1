/** A device's stream for runtimes without Node's pipe handle: asks the descriptor again and again, less often while nothing happens. */
import { Duplex } from "node:stream";
import type { Devices } from "../../core/plugin.ts";

const BUFFER_BYTES = 64 * 1024;
const SOONEST_MS = 1;
const LATEST_MS = 50;

export class PolledStream extends Duplex {
  readonly #fd: number;
  readonly #devices: Devices;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(fd: number, devices: Devices) {
    super({ allowHalfOpen: true, autoDestroy: false });
    this.#fd = fd;
    this.#devices = devices;
  }

  override _read(): void {
    this.#poll(() => {
      const into = Buffer.allocUnsafe(BUFFER_BYTES);
      const count = this.#devices.take(this.#fd, into);
      if (count === undefined) return false;
      this.push(count === 0 ? null : into.subarray(0, count));
      return true;
    });
  }

  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error | null) => void): void {
    let rest = bytes;
    this.#poll(() => {
      for (;;) {
        const count = this.#devices.give(this.#fd, rest);
        if (count === undefined) return false;
        rest = rest.subarray(count);
        if (rest.length === 0) break;
      }
      done();
      return true;
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#devices.close(this.#fd);
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
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#poll(attempt, Math.min(waitMs * 2, LATEST_MS));
    }, waitMs);
    this.#timers.add(timer);
  }
}
