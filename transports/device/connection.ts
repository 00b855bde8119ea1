/**
 * The host at the other end of a port, from its coming to its leaving.
 *
 * Bytes and the news of a host's coming take two ways through the machine, so a new host's first bytes may be there while the port still
 * says that nobody is. They must not end up in a connection whose answers are dropped: where the two disagree, a moment is waited.
 */
import type { Connection, Devices } from "../../core/plugin.ts";
import { writeTo } from "../stream/connection.ts";
import { Inbox } from "../stream/inbox.ts";
import { type DeviceStream, deviceStream } from "./stream.ts";

const SENT = Promise.resolve();

/** How long the news of a host's coming may take behind its first bytes. */
export const ARRIVAL_MS = 50;
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
  /** Mostly one stream. One that has read an end goes on as the writer, because what it has not sent yet must stay in order. */
  #reader: DeviceStream | undefined;
  #writer: DeviceStream | undefined;
  /** The host has left; what is still read of it was sent before. */
  #gone: boolean;
  #held: Uint8Array | undefined;
  #unsent = 0;
  #watch: NodeJS.Timeout | undefined;
  #wasHungUp = false;
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
    this.#gone = devices.isHungUp(fd);
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.bytes = new Inbox(() => {
      if (this.#reader === undefined) this.#attach();
      else this.#reader.duplex.resume();
    });
    if (first.length > 0) this.bytes.receive(first);
    else this.#attach();
  }

  /** What was read and is the next host's, for the connection after this one. */
  get held(): Uint8Array | undefined {
    return this.#held;
  }

  send(bytes: Uint8Array): Promise<void> {
    const stream = this.#writer;
    if (stream === undefined || this.#closing) return SENT; // nobody reads it
    const rest = stream.give(bytes);
    if (rest.length === 0) return SENT;
    const sent = writeTo(stream.duplex, rest);
    if (stream.duplex.writableLength === 0) return sent;
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
    const stream = deviceStream(this.#devices.duplicate(this.#fd), this.#devices, (chunk) => this.#receive(chunk));
    this.#reader = stream;
    this.#writer ??= stream;
    stream.duplex.on("end", () => this.#afterArrival(() => this.#readOn(stream)));
    stream.duplex.on("error", () => this.#end());
  }

  #receive(chunk: Uint8Array): boolean {
    const hungUp = this.#devices.isHungUp(this.#fd);
    if (hungUp === this.#gone) return this.bytes.receive(chunk);
    this.#held = Buffer.from(chunk);
    if (!hungUp) this.#end();
    else this.#afterArrival(() => this.#end());
    return false;
  }

  /** @param arrived is called if there is a host after all. If not, the old one has really left, and this is the last of it. */
  #afterArrival(arrived: () => void): void {
    setTimeout(() => {
      if (this.#ended) return;
      if (!this.#devices.isHungUp(this.#fd)) {
        arrived();
        return;
      }
      this.#gone = true;
      const chunk = this.#held;
      this.#held = undefined;
      if (chunk === undefined) this.#end();
      else if (this.bytes.receive(chunk)) this.#reader?.duplex.resume();
    }, ARRIVAL_MS);
  }

  /** The port had said for a moment that nobody is there. */
  #readOn(ended: DeviceStream): void {
    if (ended !== this.#writer) ended.duplex.destroy();
    this.#attach();
  }

  #allSent(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
    this.#wasHungUp = false;
    if (this.#closing) this.#end();
  }

  /**
   * A host that leaves before it has taken an answer is seen by reading only, and reading may wait for this very answer. So it is
   * looked for here, and the answer is dropped, lest the next host gets it. What the old one has still sent is found by who opens the
   * next connection.
   */
  #lookForHost(): void {
    const hungUp = this.#devices.isHungUp(this.#fd);
    if (hungUp && this.#wasHungUp) this.#end();
    this.#wasHungUp = hungUp;
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#closing = true;
    clearInterval(this.#watch);
    this.bytes.end();
    const streams = new Set([this.#reader?.duplex, this.#writer?.duplex].filter((stream) => stream !== undefined && !stream.closed));
    const left = Array.from(streams, (stream) => new Promise((resolve) => stream?.once("close", resolve).destroy()));
    void Promise.all(left).then(() => this.#settle());
  }
}
