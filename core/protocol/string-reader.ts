/** One string token, from quote to quote, over any number of chunks. */
import { Base64Sink, type LongString } from "./long-string.ts";
import type { ScratchPool } from "./scratch.ts";
import { RawString, STRING, TOKEN_BYTES_LIMIT, type TokenSink } from "./tokens.ts";

const BACKSLASH = 0x5c;
/** Strings up to here are looked at byte by byte, which is faster than setting up a search. */
const SHORT = 64;
/** From here on a string is taken for base64 until it proves to be something else. */
const LONG = 4096;

export type Outcome = "open" | "ended" | "stray";

export class StringReader {
  /** How the last call ended: the string goes on, is complete (or was too long), or had a byte that no string may have. */
  outcome: Outcome = "ended";

  private readonly sink: TokenSink;
  private readonly pool: ScratchPool;
  private quote = 0;
  /** Bytes of the token so far, the opening quote included. */
  private size = 0;
  /** The chunk ended behind a backslash. */
  private escaped = false;
  /** The string as it came: copies of the pieces that are not in `base64`. */
  private pieces: Buffer[] = [];
  private base64: Base64Sink | undefined;
  /** Where the next quote and backslash of this chunk are, as far as known: each is searched for once. */
  private nextQuote = -1;
  private searchedQuote = 0;
  private nextBackslash = -1;

  constructor(sink: TokenSink, pool: ScratchPool) {
    this.sink = sink;
    this.pool = pool;
  }

  newChunk(): void {
    this.forgetSearches();
  }

  /** @param at where the opening quote is. @returns where to go on. */
  begin(chunk: Buffer, at: number): number {
    const quote = chunk[at] ?? 0;
    const start = at + 1;
    const limit = Math.min(chunk.length, start + SHORT);
    for (let i = start; i < limit; i++) {
      const byte = chunk[i] ?? 0;
      if (byte === quote) {
        this.outcome = "ended";
        this.sink.token(STRING, chunk.toString("latin1", start, i), i + 1 - at);
        return i + 1;
      }
      if (byte < 0x20 || byte >= 0x80 || byte === BACKSLASH) break;
    }
    this.quote = quote;
    this.size = 1;
    return this.continue(chunk, start);
  }

  continue(chunk: Buffer, from: number): number {
    let i = from;
    this.outcome = "open";
    while (i < chunk.length) {
      if (this.escaped) {
        i++;
        this.escaped = false;
      }
      const quote = this.findQuote(chunk, i);
      const backslash = this.findBackslash(chunk, i);
      if (backslash < quote) {
        i = backslash + 1;
        this.escaped = true;
        continue;
      }
      return this.take(chunk, from, quote, quote < chunk.length);
    }
    return this.take(chunk, from, chunk.length, false);
  }

  /** Forgets a string that is open. */
  drop(): void {
    this.base64?.discard();
    this.base64 = undefined;
    this.pieces = [];
    this.escaped = false;
    this.size = 0;
  }

  /** Takes the bytes up to `end`; there stands the closing quote, or the chunk ends. */
  private take(chunk: Buffer, from: number, end: number, closed: boolean): number {
    const room = TOKEN_BYTES_LIMIT - this.size;
    const tooLong = end - from + (closed ? 1 : 0) > room;
    const stop = tooLong ? Math.min(end, from + room) : end;
    if (!this.takeAsBase64(chunk, from, stop)) {
      const forbidden = findForbidden(chunk, from, stop);
      if (forbidden < stop) return this.stray(chunk, from, forbidden);
      this.takePiece(chunk, from, stop);
    }
    if (tooLong) {
      this.forgetSearches();
      this.drop();
      this.outcome = "ended";
      this.sink.tooLong();
      return stop + 1;
    }
    this.size += stop - from;
    if (!closed) return stop;
    const value = this.value();
    const size = this.size + 1;
    this.size = 0;
    this.outcome = "ended";
    this.sink.token(STRING, value, size);
    return end + 1;
  }

  private takeAsBase64(chunk: Buffer, from: number, end: number): boolean {
    if (this.base64) {
      if (this.base64.append(chunk, from, end)) return true;
      this.pieces = [Buffer.from(this.base64.text(), "latin1")];
      this.base64.discard();
      this.base64 = undefined;
      return false;
    }
    // Only near its beginning: prose of a megabyte is not tried again at each chunk.
    if (this.size > LONG || end - from < LONG || !looksLikeBase64(chunk, from)) return false;
    const sink = new Base64Sink(this.pool);
    if (!this.pieces.every((piece) => sink.append(piece, 0, piece.length)) || !sink.append(chunk, from, end)) {
      sink.discard();
      return false;
    }
    this.pieces = [];
    this.base64 = sink;
    return true;
  }

  private takePiece(chunk: Buffer, from: number, end: number): void {
    if (end > from) this.pieces.push(Buffer.from(chunk.subarray(from, end)));
  }

  private value(): LongString | RawString {
    if (this.base64) {
      const string = this.base64.finish();
      this.base64 = undefined;
      return string;
    }
    const bytes = this.pieces.length === 1 ? (this.pieces[0] ?? Buffer.alloc(0)) : Buffer.concat(this.pieces);
    this.pieces = [];
    return new RawString(bytes, this.quote);
  }

  private stray(chunk: Buffer, from: number, at: number): number {
    const before = this.base64 ? [Buffer.from(this.base64.text(), "latin1")] : this.pieces;
    const text = Buffer.concat([Buffer.of(this.quote), ...before, chunk.subarray(from, at + 1)]);
    this.forgetSearches();
    this.drop();
    this.outcome = "stray";
    this.sink.stray(text);
    return at + 1;
  }

  /** A string that ends before where it was searched makes bytes be read again that the searches are already behind. */
  private forgetSearches(): void {
    this.nextQuote = -1;
    this.nextBackslash = -1;
  }

  private findQuote(chunk: Buffer, from: number): number {
    if (this.nextQuote < from || this.searchedQuote !== this.quote) {
      this.searchedQuote = this.quote;
      const found = chunk.indexOf(this.quote, from);
      this.nextQuote = found < 0 ? chunk.length : found;
    }
    return this.nextQuote;
  }

  private findBackslash(chunk: Buffer, from: number): number {
    if (this.nextBackslash < from) {
      const found = chunk.indexOf(BACKSLASH, from);
      this.nextBackslash = found < 0 ? chunk.length : found;
    }
    return this.nextBackslash;
  }
}

/** A quick look at the first bytes, so that long prose is not decoded in vain. */
function looksLikeBase64(chunk: Buffer, from: number): boolean {
  return /^[A-Za-z0-9+/]+$/.test(chunk.toString("latin1", from, from + 16));
}

/** Control characters and FE/FF stand in no string. */
function findForbidden(chunk: Buffer, from: number, end: number): number {
  for (let i = from; i < end; i++) {
    const byte = chunk[i] ?? 0;
    if (byte < 0x20 || byte >= 0xfe) return i;
  }
  return end;
}
