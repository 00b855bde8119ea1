/** A client at the other end of a stream. */
import type { Duplex } from "node:stream";
import type { Connection } from "../../core/plugin.ts";
import { Inbox } from "./inbox.ts";
import type { Receive } from "./source.ts";

const SENT = Promise.resolve();

/** How long what was sent may take to leave after `close`: who doesn't read for so long is gone. */
const FLUSH_MS = 5000;

export class StreamConnection implements Connection {
  readonly peer: string;
  readonly bytes: Inbox;
  readonly closed: Promise<void>;
  readonly #stream: Duplex;

  /** @param open makes the stream, whose bytes go to `receive`. */
  constructor(peer: string, open: (receive: Receive) => Duplex) {
    this.peer = peer;
    this.bytes = new Inbox(() => this.#stream.resume());
    this.#stream = open((chunk) => this.bytes.receive(chunk));
    this.#stream.on("end", () => this.bytes.end());
    this.#stream.on("error", () => {}); // it has left; "close" follows
    this.closed = new Promise((resolve) => {
      this.#stream.once("close", () => {
        this.bytes.end();
        resolve();
      });
    });
  }

  send(bytes: Uint8Array): Promise<void> {
    return writeTo(this.#stream, bytes);
  }

  /** @param withinMs drops what has not left by then. */
  close(withinMs: number = FLUSH_MS): void {
    const stream = this.#stream;
    if (stream.destroyed) return;
    const deadline = setTimeout(() => stream.destroy(), withinMs).unref();
    stream.once("close", () => clearTimeout(deadline));
    stream.once("finish", () => stream.destroy());
    stream.end();
    this.bytes.end();
  }
}

/** Resolves when the kernel has the bytes, or nobody is left to read them. */
export function writeTo(stream: Duplex, bytes: Uint8Array): Promise<void> {
  if (stream.destroyed || stream.writableEnded) return SENT;
  let tell: (() => void) | undefined;
  let told = false;
  stream.write(bytes, () => {
    told = true;
    tell?.();
  });
  if (stream.writableLength === 0) return SENT; // Node writes at once if it can: the usual case costs no promise
  return new Promise((resolve) => {
    if (told) resolve();
    else tell = resolve;
  });
}
