/** What a child writes into its pipes. */
import { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pollOutput } from "./polled-pipes.ts";

/** After its end a process that the child left behind may hold a pipe. */
export interface RestDeadlines {
  /** How long that one may be silent before the rest is given up. */
  readonly silenceMs: number;
  /** The same, for one that goes on writing. */
  readonly restMs: number;
}

/** What a pipe holds at most. Every pipe is read into the same memory: a chunk is handed over before the next one is read. */
const CHUNK_BYTES = 64 * 1024;
let chunkMemory: Buffer | undefined;

export class OutputPipe {
  /** Resolves when nobody has the other end any more. */
  readonly closed: Promise<void>;
  isClosed = false;
  /** When it last brought something, as `performance.now` counts. */
  lastOutput = performance.now();
  #onChunk: ((chunk: Uint8Array) => void) | undefined;

  /** @param fd the reading end; it is closed at the end. */
  constructor(fd: number, onChunk: (chunk: Uint8Array) => void) {
    this.#onChunk = onChunk;
    chunkMemory ??= Buffer.allocUnsafeSlow(CHUNK_BYTES);
    const memory = chunkMemory;
    const callback = (count: number, read: Uint8Array) => this.#take(read.subarray(0, count));
    this.closed = new Promise((resolve) => {
      const close = () => {
        this.isClosed = true;
        resolve();
      };
      if (process.versions.bun !== undefined) {
        pollOutput(fd, memory, callback, close);
        return;
      }
      const socket = new Socket({ fd, readable: true, writable: false, onread: { buffer: memory, callback } });
      socket.on("error", () => {}); // a pipe that can't be read has come to its end
      socket.unref(); // a child doesn't keep the agent from ending
      socket.resume();
      socket.once("close", close);
    });
  }

  /** From here on it is only emptied: who still writes into it should neither wait for ever nor be ended by SIGPIPE. */
  abandon(): void {
    this.#onChunk = undefined;
  }

  #take(chunk: Uint8Array): boolean {
    this.lastOutput = performance.now();
    this.#onChunk?.(chunk);
    return true;
  }
}

/**
 * Waits for the rest of the output of a child that has ended.
 * @returns the pipes whose end did not come in time; they are abandoned.
 */
export async function drained(pipes: readonly OutputPipe[], { silenceMs, restMs }: RestDeadlines): Promise<readonly OutputPipe[]> {
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
