/**
 * A string that is long on the wire is nearly always base64, so it is decoded as it arrives: what is kept is three quarters of what
 * came, no text of that length is ever made, and the bytes are ready when the request is complete. Where the guess is wrong nothing is
 * lost: canonical base64 gives its text back by encoding it again.
 */
import type { Scratch, ScratchPool } from "./scratch.ts";

const DASH = 0x2d;
const UNDERSCORE = 0x5f;
const EQUALS = 0x3d;
/** Characters that are decoded at once: V8 makes strings of up to 64 KiB cheaply, and larger ones ten times dearer. */
const DECODE_CHARACTERS = 32 * 1024;

/** A long string of a request: bytes if it was base64 all along, and its text by encoding them again. */
export class LongString {
  /** Generated validators know it by this. */
  readonly isLongString = true;
  private readonly pool: ScratchPool;
  private scratch: Scratch | undefined;
  /** The bytes of all whole groups of four characters. Valid until `release`. */
  readonly decoded: Buffer;
  /** The last characters: no whole group, or with padding. */
  readonly tail: string;

  constructor(pool: ScratchPool, scratch: Scratch, length: number, tail: string) {
    this.pool = pool;
    this.scratch = scratch;
    this.decoded = scratch.buffer.subarray(0, length);
    this.tail = tail;
  }

  text(): string {
    return this.decoded.toString("base64") + this.tail;
  }

  /** Room behind the decoded bytes, so that the tail's can follow them without a copy of all. */
  withTail(bytes: Buffer): Buffer {
    const { decoded, scratch } = this;
    if (bytes.length === 0) return decoded;
    if (!scratch || scratch.buffer.length < decoded.length + bytes.length) return Buffer.concat([decoded, bytes]);
    bytes.copy(scratch.buffer, decoded.length);
    return scratch.buffer.subarray(0, decoded.length + bytes.length);
  }

  /** Gives the memory back: nobody may look at the bytes any more. */
  release(): void {
    if (this.scratch) this.pool.give(this.scratch);
    this.scratch = undefined;
  }
}

/** Takes the pieces of a string while they continue canonical base64. */
export class Base64Sink {
  private readonly pool: ScratchPool;
  private readonly scratch: Scratch;
  private length = 0;
  private tail = "";

  constructor(pool: ScratchPool) {
    this.pool = pool;
    this.scratch = pool.take();
  }

  /** @returns false if this piece is not canonical base64: nothing of it was taken, and `text()` has all that was before. */
  append(chunk: Buffer, start: number, end: number): boolean {
    if (start === end) return true;
    const from = this.tail === "" ? start : Math.min(end, start + ((4 - (this.tail.length % 4)) % 4));
    const head = this.tail + chunk.toString("latin1", start, from);
    let to = from + ((end - from) & ~3);
    // Padding may stand at the end of all, which this may be: it is kept back, to be looked at when the end is known.
    if (to > from && to === end && chunk[end - 1] === EQUALS) to -= 4;
    const rest = chunk.toString("latin1", to, end);
    const headIsWhole = head.length >= 4;
    if ((headIsWhole && !WHOLE_GROUP.test(head)) || !TAIL.test(rest) || (!headIsWhole && !TAIL.test(head))) return false;
    this.scratch.reserve(this.length, head.length + (to - from));
    let length = this.length;
    if (headIsWhole) length += this.scratch.buffer.write(head, length, 3, "base64");
    if (!this.decode(chunk.subarray(from, to), length)) return false;
    length += ((to - from) / 4) * 3;
    this.length = length;
    this.tail = headIsWhole ? rest : head + rest;
    return true;
  }

  /** Whole groups of four characters to three bytes each. @returns false if there is another character among them. */
  private decode(groups: Buffer, at: number): boolean {
    // Node's decoder also takes the URL alphabet and skips what it doesn't know: neither is base64 here.
    if (groups.includes(DASH) || groups.includes(UNDERSCORE)) return false;
    let length = at;
    for (let from = 0; from < groups.length; from += DECODE_CHARACTERS) {
      const to = Math.min(groups.length, from + DECODE_CHARACTERS);
      const bytes = ((to - from) / 4) * 3;
      if (this.scratch.buffer.write(groups.toString("latin1", from, to), length, bytes, "base64") !== bytes) return false;
      length += bytes;
    }
    return true;
  }

  /** What was taken, as it was sent. */
  text(): string {
    return this.scratch.buffer.toString("base64", 0, this.length) + this.tail;
  }

  finish(): LongString {
    return new LongString(this.pool, this.scratch, this.length, this.tail);
  }

  discard(): void {
    this.pool.give(this.scratch);
  }
}

const WHOLE_GROUP = /^[A-Za-z0-9+/]{4}$/;
/** What may be left over at the end of a piece. */
const TAIL = /^[A-Za-z0-9+/]*=*$/;
