/** The clients of whatever listens, as connections. */
import type { Duplex } from "node:stream";
import type { Connection } from "../../core/plugin.ts";
import { StreamConnection } from "./connection.ts";
import type { Receive } from "./source.ts";

/** How long what was sent may take to leave when the agent ends. */
const LEAVE_MS = 300;

/** Yields each client that is added, until the signal fires; then nothing of them is left. */
export class Clients implements AsyncIterable<Connection> {
  readonly #stopListening: () => void;
  readonly #open = new Set<StreamConnection>();
  readonly #arrived: Connection[] = [];
  #wake: (() => void) | undefined;
  #ended = false;

  /** @param stopListening is called when the signal fires. */
  constructor(stopListening: () => void, signal: AbortSignal) {
    this.#stopListening = stopListening;
    if (signal.aborted) this.#end();
    else signal.addEventListener("abort", () => this.#end(), { once: true });
  }

  /**
   * @param peer names the client in logs.
   * @param open makes its stream, whose bytes go to `receive`.
   */
  add(peer: string, open: (receive: Receive) => Duplex): void {
    const connection = new StreamConnection(peer, open);
    this.#open.add(connection);
    void connection.closed.then(() => this.#open.delete(connection));
    this.#arrived.push(connection);
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Connection> {
    for (;;) {
      for (let next = this.#arrived.shift(); next !== undefined; next = this.#arrived.shift()) yield next;
      if (this.#ended) return;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #end(): void {
    this.#ended = true;
    this.#stopListening();
    for (const connection of this.#open) connection.close(LEAVE_MS);
    this.#wake?.();
  }
}
