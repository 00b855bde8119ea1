/** What a program writes, and the end of it. */
import { Socket } from "node:net";
import type { Readable } from "node:stream";

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
