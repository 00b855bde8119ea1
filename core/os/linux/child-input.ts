/** What a child is given on its standard input. */
import { Socket } from "node:net";

export class InputPipe {
  /** Resolves when all of it was written, or can't be. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;

  /** @param fd the writing end; it is closed at the end. */
  constructor(fd: number, input: Uint8Array) {
    this.#socket = new Socket({ fd, readable: false, writable: true });
    this.#socket.on("error", () => {}); // a program need not read what it is given
    this.#socket.unref();
    this.closed = new Promise((resolve) => this.#socket.once("close", () => resolve()));
    this.#socket.end(input);
  }

  close(): void {
    this.#socket.destroy();
  }
}
