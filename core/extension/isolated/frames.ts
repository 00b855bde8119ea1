/** Messages in the bytes of the channel: the length of the JSON text, the length of what lies beside it, then both. */
import { failed } from "../../errors.ts";
import { ProtocolError } from "./protocol-error.ts";
import { decode, encode, MAX_ATTACHED_BYTES, TOO_MUCH } from "./values.ts";

const HEADER_BYTES = 8;
/** What parses into a small multiple of itself. Bytes and long texts lie beside it. */
export const MAX_TEXT_BYTES = 4 * 1024 * 1024;
export const MAX_FRAME_BYTES = MAX_ATTACHED_BYTES + MAX_TEXT_BYTES;
/** Smaller ones are copied behind the text: one write is cheaper. */
const SMALL_BYTES = 64 * 1024;

/**
 * @returns the pieces of a message, in their order. Large bytes are not copied: they must not change before they are written.
 * @throws CommandError if it is too large for the channel.
 */
export function frame(message: unknown): Uint8Array[] {
  const { text, attachments } = encode(message);
  const length = Buffer.byteLength(text);
  const beside = attachments.reduce((sum, bytes) => sum + bytes.length, 0);
  if (length > MAX_TEXT_BYTES) throw failed(TOO_MUCH);
  const together = beside <= SMALL_BYTES;
  const head = Buffer.allocUnsafe(HEADER_BYTES + length + (together ? beside : 0));
  head.writeUInt32LE(length, 0);
  head.writeUInt32LE(beside, 4);
  head.write(text, HEADER_BYTES);
  if (!together) return [head, ...attachments];
  let at = HEADER_BYTES + length;
  for (const bytes of attachments) {
    head.set(bytes, at);
    at += bytes.length;
  }
  return [head];
}

/** Finds the messages again. */
export class FrameReader {
  readonly #onMessage: (message: unknown, bytes: number) => void;
  readonly #limit: () => number;
  readonly #header = Buffer.alloc(HEADER_BYTES);
  #frame = this.#header;
  #filled = 0;
  #textBytes = 0;

  /** @param limit the most bytes that a message may have now. */
  constructor(onMessage: (message: unknown, bytes: number) => void, limit: () => number) {
    this.#onMessage = onMessage;
    this.#limit = limit;
  }

  /** @throws ProtocolError: the channel is of no use then. */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length) {
      const part = chunk.subarray(at, at + this.#frame.length - this.#filled);
      this.#frame.set(part, this.#filled);
      this.#filled += part.length;
      at += part.length;
      if (this.#filled === this.#frame.length) this.#complete();
    }
  }

  #complete(): void {
    if (this.#frame === this.#header) {
      this.#textBytes = this.#header.readUInt32LE(0);
      const total = this.#textBytes + this.#header.readUInt32LE(4);
      if (this.#textBytes === 0 || this.#textBytes > MAX_TEXT_BYTES || total > this.#limit()) {
        throw new ProtocolError(`a message of ${total} bytes, where none of that size may be`);
      }
      // Memory of its own: what is made of it may live long. The system gives pages only as they are filled.
      this.#frame = Buffer.allocUnsafeSlow(total);
      this.#filled = 0;
      return;
    }
    const bytes = this.#frame;
    this.#frame = this.#header;
    this.#filled = 0;
    this.#onMessage(decode(bytes.toString("utf8", 0, this.#textBytes), bytes.subarray(this.#textBytes)), HEADER_BYTES + bytes.length);
  }
}
