/** A host that sends and reads just as many bytes as a test wants. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

const PATIENCE_MS = 30_000;

export class WireClient {
  readonly socket: Socket;
  /** Whole lines, and what has come of the next one. */
  readonly #lines: string[] = [];
  #parts: string[] = [];
  #partial = 0;
  #failed: Error | undefined;

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", (error) => {
      this.#failed = error;
    });
  }

  static async connect(path: string): Promise<WireClient> {
    const socket = connect(path);
    await once(socket, "connect");
    return new WireClient(socket);
  }

  /** @param bytes a text has a byte for each of its characters. */
  send(bytes: string | Uint8Array): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** Resolves when all of it is on its way: the agent takes it. */
  sendAll(bytes: string | Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => this.socket.write(bytes, (error) => (error ? reject(error) : resolve())));
  }

  /** From here on all that comes is read, and only the first line of it kept. */
  drain(): { readonly first: string } {
    const kept = { first: "" };
    this.socket.on("data", (chunk: Buffer) => {
      if (!kept.first.includes("\n")) kept.first += chunk.toString("latin1", 0, 4096);
    });
    return kept;
  }

  /** @returns the beginning of the next line, at least so many bytes of it. */
  async take(bytes: number): Promise<string> {
    await this.#until(() => this.#partial >= bytes || this.#lines.length > 0, `${bytes} bytes`);
    return this.#lines[0] ?? this.#parts.join("");
  }

  /** @returns the next line without its end. */
  async line(): Promise<string> {
    await this.#until(() => this.#lines.length > 0, "a line");
    return this.#lines.shift() ?? "";
  }

  async ask(execute: string, args: object = {}): Promise<{ return?: unknown; error?: { class: string; desc: string } }> {
    this.send(`${JSON.stringify({ execute, arguments: args })}\n`);
    return JSON.parse(await this.line());
  }

  leave(): void {
    this.socket.destroy();
  }

  #took(text: string): void {
    const [first = "", ...others] = text.split("\n");
    this.#parts.push(first);
    this.#partial += first.length;
    for (const other of others) {
      this.#lines.push(this.#parts.join(""));
      this.#parts = [other];
      this.#partial = other.length;
    }
  }

  async #until(holds: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!holds()) {
      const chunk: Buffer | null = this.socket.read();
      if (chunk !== null) {
        this.#took(chunk.toString("latin1"));
        continue;
      }
      if (this.#failed !== undefined || this.socket.destroyed || this.socket.readableEnded)
        throw this.#failed ?? new Error(`the agent left instead of ${what}`);
      const left = deadline - performance.now();
      if (left <= 0) throw new Error(`${what} did not come`);
      const timer = new AbortController();
      const late = setTimeout(() => timer.abort(), left);
      await Promise.race(["readable", "close", "end"].map((event) => once(this.socket, event, { signal: timer.signal }))).catch(
        () => undefined,
      );
      timer.abort();
      clearTimeout(late);
    }
  }
}
