/** What a child writes into its pipes. */
import { Socket } from "node:net";
import { pollOutput } from "./polled-pipes.ts";

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
