/**
 * Answers to bytes on their way to one client. Small answers are collected and sent together; bytes are encoded as base64 piece by
 * piece while the piece before is on its way, so that an answer never stands in memory as text.
 */
import type { AnswerPart } from "./encode.ts";
import { type Scratch, ScratchPool } from "./scratch.ts";

/** What takes the bytes; the promise resolves when they may be changed again. */
export interface ByteSink {
  send(bytes: Uint8Array): Promise<void>;
}

/** Collected text is sent from here on, even if more is to come. */
const COLLECT_CHARACTERS = 64 * 1024;
/**
 * Bytes that are encoded at once, a multiple of three: V8 makes strings of up to 64 KiB cheaply, and larger ones ten times dearer. Of
 * these four fit in one of its pages of 256 KiB, of a few bytes more only three, and a collection comes that much sooner.
 */
const ENCODE_BYTES = 48_384;
/** Bytes that are sent at once: a little more than a socket's buffer holds, so that it is never empty. */
const PIECE_BYTES = 5 * ENCODE_BYTES;

export class AnswerWriter {
  private readonly sink: ByteSink;
  private text = "";
  private pending = 0;
  private waiting: (() => void)[] = [];
  private readonly pool = new ScratchPool(2);

  constructor(sink: ByteSink) {
    this.sink = sink;
  }

  /** Bytes that were given to the client's channel and not yet taken by it. */
  get backlog(): number {
    return this.pending;
  }

  /** @returns a promise for an answer that has bytes to be encoded: it resolves when the bytes are no longer needed. */
  write(answer: string | readonly AnswerPart[]): Promise<void> | undefined {
    if (typeof answer === "string") {
      this.text += answer;
      if (this.text.length >= COLLECT_CHARACTERS) this.flush();
      return undefined;
    }
    return this.writeParts(answer);
  }

  /** Sends what was collected. */
  flush(): void {
    if (this.text === "") return;
    const bytes = Buffer.from(this.text, "latin1");
    this.text = "";
    void this.send(bytes);
  }

  /** Resolves when the client has taken everything, or all but `bytes`. */
  async drained(bytes = 0): Promise<void> {
    while (this.pending > bytes) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
  }

  private async send(bytes: Uint8Array): Promise<void> {
    this.pending += bytes.length;
    await this.sink.send(bytes);
    this.pending -= bytes.length;
    for (const resolve of this.waiting.splice(0)) resolve();
  }

  private async writeParts(parts: readonly AnswerPart[]): Promise<void> {
    const pieces = new PiecePair(this.pool);
    for (const part of parts) {
      if (typeof part === "string") this.text += part;
      else await this.writeBase64(part, pieces);
    }
    await pieces.settled();
    pieces.release();
  }

  /** The text collected so far goes out in front of the first piece, in the same write. */
  private async writeBase64(bytes: Uint8Array, pieces: PiecePair): Promise<void> {
    const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at < source.length; at += PIECE_BYTES) {
      const end = Math.min(source.length, at + PIECE_BYTES);
      const piece = await pieces.next(this.text.length + Math.ceil((end - at) / 3) * 4);
      let length = piece.write(this.text, 0, "latin1");
      this.text = "";
      for (let from = at; from < end; from += ENCODE_BYTES) {
        length += piece.write(source.toString("base64", from, Math.min(end, from + ENCODE_BYTES)), length, "latin1");
      }
      pieces.busy(this.send(piece.subarray(0, length)));
    }
  }
}

/** Two buffers in turn: one is filled while the other is on its way. */
class PiecePair {
  private readonly pool: ScratchPool;
  private readonly buffers: readonly [Scratch, Scratch];
  private readonly sent: [Promise<void>, Promise<void>] = [Promise.resolve(), Promise.resolve()];
  private turn: 0 | 1 = 0;

  constructor(pool: ScratchPool) {
    this.pool = pool;
    this.buffers = [pool.take(), pool.take()];
  }

  async next(size: number): Promise<Buffer> {
    this.turn = this.turn === 0 ? 1 : 0;
    await this.sent[this.turn];
    const scratch = this.buffers[this.turn];
    scratch.reserve(0, size);
    return scratch.buffer;
  }

  busy(sent: Promise<void>): void {
    this.sent[this.turn] = sent;
  }

  async settled(): Promise<void> {
    await Promise.all(this.sent);
  }

  release(): void {
    for (const scratch of this.buffers) this.pool.give(scratch);
  }
}
