/** What a program writes, and the end of it. */
import { Socket } from "node:net";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";

/** After the program's end another process may hold a pipe: how long that may be silent, and how long it may go on at all. */
const SILENCE_MS = 2000;
const REST_MS = 10_000;

export class OutputPipe {
  /** Resolves when nobody has the other end any more. */
  readonly closed: Promise<void>;
  isClosed = false;
  /** When it last brought something, as `performance.now` counts. */
  lastOutput = performance.now();
  #onChunk: ((chunk: Uint8Array) => void) | undefined;

  constructor(stream: Readable & { unref?(): void }, onChunk: (chunk: Uint8Array) => void) {
    this.#onChunk = onChunk;
    stream.on("error", () => undefined); // a pipe that can't be read has come to its end
    stream.on("data", (chunk: Uint8Array) => {
      this.lastOutput = performance.now();
      this.#onChunk?.(chunk);
    });
    stream.unref?.();
    this.closed = new Promise((resolve) => {
      stream.once("close", () => {
        this.isClosed = true;
        resolve();
      });
    });
  }

  static ofDescriptor(fd: number, onChunk: (chunk: Uint8Array) => void): OutputPipe {
    return new OutputPipe(new Socket({ fd, readable: true, writable: false }), onChunk);
  }

  /** From here on it is only emptied: who still writes into it shouldn't wait for ever. */
  abandon(): void {
    this.#onChunk = undefined;
  }
}

/** Waits for the rest of what a program wrote that has ended. @returns the pipes whose end did not come in time; they are abandoned. */
export async function drained(pipes: readonly OutputPipe[]): Promise<readonly OutputPipe[]> {
  const end = performance.now();
  const allClosed = Promise.all(pipes.map(({ closed }) => closed));
  for (;;) {
    const open = pipes.filter(({ isClosed }) => !isClosed);
    if (open.length === 0) return open;
    const lastOutput = Math.max(end, ...open.map((pipe) => pipe.lastOutput));
    const patience = Math.min(lastOutput + SILENCE_MS, end + REST_MS) - performance.now();
    if (patience <= 0) {
      for (const pipe of open) pipe.abandon();
      return open;
    }
    const done = new AbortController();
    await Promise.race([allClosed, sleep(patience, undefined, { ref: false, signal: done.signal }).catch(() => undefined)]);
    done.abort();
  }
}
