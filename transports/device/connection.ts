/** The host at the other end of a port, from its coming to its leaving. */
import type { Duplex } from "node:stream";
import type { Connection, Devices } from "../../core/plugin.ts";
import { writeTo } from "../stream/connection.ts";
import { Inbox } from "../stream/inbox.ts";
import { deviceStream } from "./stream.ts";

/** How often to look whether the host is still there while it doesn't take what we send. */
const WATCH_MS = 100;
/** How long what was sent may take to leave after `close`. */
const FLUSH_MS = 300;

export class DeviceConnection implements Connection {
  readonly peer: string;
  readonly bytes: Inbox;
  readonly closed: Promise<void>;
  readonly #fd: number;
  readonly #devices: Devices;
  #stream: Duplex | undefined;
  #unsent = 0;
  #watch: NodeJS.Timeout | undefined;
  #closing = false;
  #ended = false;
  #settle: () => void = () => {};

  /**
   * @param fd stays the caller's: each stream gets a descriptor of its own.
   * @param first what was read already, or nothing.
   */
  constructor(peer: string, fd: number, devices: Devices, first: Uint8Array) {
    this.peer = peer;
    this.#fd = fd;
    this.#devices = devices;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.bytes = new Inbox(() => {
      if (this.#stream === undefined) this.#attach();
      else this.#stream.resume();
    });
    if (first.length > 0) this.bytes.receive(first);
    else this.#attach();
  }

  send(bytes: Uint8Array): Promise<void> {
    const stream = this.#stream;
    if (stream === undefined || this.#closing) return Promise.resolve(); // nobody reads it
    const sent = writeTo(stream, bytes);
    if (stream.writableLength === 0) return sent;
    this.#unsent += 1;
    this.#watch ??= setInterval(() => this.#lookForHost(), WATCH_MS);
    return sent.then(() => {
      this.#unsent -= 1;
      if (this.#unsent === 0) this.#allSent();
    });
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.bytes.end();
    if (this.#unsent === 0) this.#end();
    else setTimeout(() => this.#end(), FLUSH_MS);
  }

  #attach(): void {
    if (this.#ended) return;
    const stream = deviceStream(this.#devices.duplicate(this.#fd), this.#devices, (chunk) => this.bytes.receive(chunk));
    this.#stream = stream;
    const left = () => {
      if (this.#stream === stream) this.#end();
    };
    stream.on("end", left);
    stream.on("error", left);
  }

  #allSent(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    if (this.#closing) this.#end();
  }

  /**
   * A host that leaves before it has taken an answer is seen by reading only, and reading may wait for this very answer. So it is
   * looked for here, and the answer is dropped, lest the next host gets it. What the old one has still sent is found by who opens the
   * next connection: a moment later nobody could tell it from what a new host sends.
   */
  #lookForHost(): void {
    if (this.#devices.isHungUp(this.#fd)) this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing = true;
    clearInterval(this.#watch);
    this.bytes.end();
    const stream = this.#stream;
    if (stream === undefined || stream.closed) {
      this.#settle();
    } else {
      stream.once("close", this.#settle);
      stream.destroy();
    }
  }
}
