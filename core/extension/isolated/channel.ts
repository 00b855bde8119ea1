/** One end of the socket between the agent and an isolated plugin. */
import type { Duplex } from "node:stream";
import { FrameReader, frame } from "./frames.ts";

export interface ChannelEvents {
  /** @throws ProtocolError for what may not be said. */
  message(message: unknown, bytes: number): void;
  /** Called once, with what was wrong, or undefined where the other end has closed it. */
  closed(error: Error | undefined): void;
}

export class Channel {
  readonly #socket: Duplex;
  readonly #events: ChannelEvents;
  #open = true;

  /** @param limit the most bytes that a message from the other end may have now. */
  constructor(socket: Duplex, events: ChannelEvents, limit: () => number) {
    this.#socket = socket;
    this.#events = events;
    const reader = new FrameReader((message, bytes) => {
      if (this.#open) events.message(message, bytes);
    }, limit);
    socket.on("data", (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        this.#close(error instanceof Error ? error : new Error(String(error)));
      }
    });
    socket.once("error", (error) => this.#close(error));
    socket.once("end", () => this.#close(undefined));
    socket.once("close", () => this.#close(undefined));
  }

  /** Bytes that the other end has not read. */
  get backlog(): number {
    return this.#socket.writableLength;
  }

  /**
   * @param written is called when the bytes of the message may change.
   * @throws CommandError if the message is too large. Nobody hears what is sent to a closed channel.
   */
  send(message: unknown, written?: () => void): void {
    const pieces = frame(message);
    if (!this.#open) {
      written?.();
      return;
    }
    this.#socket.cork();
    const last = pieces.pop();
    for (const piece of pieces) this.#socket.write(piece);
    this.#socket.write(last, () => written?.());
    this.#socket.uncork();
  }

  close(): void {
    this.#open = false;
    this.#socket.destroy();
  }

  #close(error: Error | undefined): void {
    if (!this.#open) return;
    this.close();
    this.#events.closed(error);
  }
}
