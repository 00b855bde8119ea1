/** What a child is given on its standard input. */
import { Socket } from "node:net";
import { pollInput } from "./polled-pipes.ts";

export class InputPipe {
  /** Resolves when all of it was written, or can't be. */
  readonly closed: Promise<void>;
  readonly close: () => void;

  /** @param fd the writing end; it is closed at the end. */
  constructor(fd: number, input: Uint8Array) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.close = process.versions.bun === undefined ? writeBySocket(fd, input, resolve) : pollInput(fd, input, resolve);
  }
}

/** @returns ends it early. */
function writeBySocket(fd: number, input: Uint8Array, closed: () => void): () => void {
  const socket = new Socket({ fd, readable: false, writable: true });
  socket.on("error", () => {}); // a program need not read what it is given
  socket.unref();
  socket.once("close", closed);
  socket.end(input);
  return () => void socket.destroy();
}
