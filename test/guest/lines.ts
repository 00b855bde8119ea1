import { once } from "node:events";
import net from "node:net";
import { until, within } from "./deadline.ts";

/** A connected unix socket whose incoming bytes are cut into lines. Lines that nobody awaits yet are kept. */
export class LineSocket {
  readonly socket: net.Socket;
  private readonly lines: Buffer[] = [];
  private partial: Buffer[] = [];
  private wake: () => void = () => {};

  private constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("close", () => this.wake());
    // the close that follows is what the waiting side reports
    socket.on("error", () => {});
  }

  /** Connects, waiting for the socket file to appear: QEMU makes it shortly after its start. */
  static async connect(path: string, milliseconds = 10_000): Promise<LineSocket> {
    const socket = await until(milliseconds, `a connection to ${path}`, async () => {
      const attempt = net.connect(path);
      try {
        await once(attempt, "connect");
        return attempt;
      } catch {
        attempt.destroy();
        return undefined;
      }
    });
    return new LineSocket(socket);
  }

  private take(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      this.lines.push(Buffer.concat([...this.partial, chunk.subarray(start, end)]));
      this.partial = [];
      start = end + 1;
    }
    if (start < chunk.length) this.partial.push(chunk.subarray(start));
    this.wake();
  }

  /** How many bytes of an unfinished line are there: shows that a large answer is on its way. */
  get pendingBytes(): number {
    return this.partial.reduce((sum, chunk) => sum + chunk.length, 0);
  }

  async line(milliseconds: number, what: string | (() => string)): Promise<Buffer> {
    const end = performance.now() + milliseconds;
    for (;;) {
      const line = this.lines.shift();
      if (line !== undefined) return line;
      if (this.socket.destroyed || this.socket.readableEnded) {
        throw new Error(`the connection ended before: ${typeof what === "string" ? what : what()}`);
      }
      await within(
        Math.max(1, end - performance.now()),
        what,
        new Promise<void>((resolve) => {
          this.wake = resolve;
        }),
      );
    }
  }

  write(bytes: Uint8Array | string): void {
    this.socket.write(bytes);
  }

  /** Closes at once; bytes not yet sent are lost, as they are when a client is killed. */
  close(): void {
    this.socket.destroy();
  }
}
