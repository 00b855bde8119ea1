/**
 * Bytes to tokens, in qemu-ga's dialect of JSON. It keeps its place between chunks and looks at no byte twice: a string's end is
 * found with `indexOf`, a request of 64 MiB costs one pass.
 *
 * After a byte that fits nowhere, everything is skipped up to one of `[ ] { } , :`, a control character other than TAB, or FE/FF:
 * clients rely on it, because they send 0xFF to be rid of what an earlier client left half sent.
 */
import { advanceNumber, mayEndBefore, numberStart } from "./number-states.ts";
import type { ScratchPool } from "./scratch.ts";
import { StringReader } from "./string-reader.ts";
import { KEYWORD, NUMBER, TOKEN_BYTES_LIMIT, type TokenSink } from "./tokens.ts";
import { parseNumber } from "./values.ts";

const START = 0;
const IN_STRING = 1;
const IN_NUMBER = 2;
const IN_KEYWORD = 3;
const RECOVERY = 4;

/** What a byte is at the start of a token. */
const SPACE = 1;
const STRUCTURE = 2;
const QUOTE = 3;
const DIGIT = 4;
const LETTER = 5;
const KIND = new Uint8Array(256);
for (const byte of Buffer.from(" \t\r\n")) KIND[byte] = SPACE;
for (const byte of Buffer.from("{}[],:")) KIND[byte] = STRUCTURE;
for (const byte of Buffer.from("\"'")) KIND[byte] = QUOTE;
for (const byte of Buffer.from("-0123456789")) KIND[byte] = DIGIT;
for (let byte = 0x61; byte <= 0x7a; byte++) KIND[byte] = LETTER;

const TAB = 0x09;

export class Lexer {
  private readonly sink: TokenSink;
  private readonly string: StringReader;
  private state: number = START;
  private numberState = 0;
  /** What has come of the number or keyword that is being read. */
  private partial = "";

  constructor(sink: TokenSink, pool: ScratchPool) {
    this.sink = sink;
    this.string = new StringReader(sink, pool);
  }

  /** @param chunk is not kept; what is needed of it later is copied. */
  push(chunk: Buffer): void {
    const length = chunk.length;
    this.string.newChunk();
    let i = 0;
    while (i < length) {
      switch (this.state) {
        case START:
          i = this.startToken(chunk, i);
          break;
        case IN_STRING:
          i = this.inString(this.string.continue(chunk, i));
          break;
        case IN_NUMBER:
          i = this.inNumber(chunk, i);
          break;
        case IN_KEYWORD:
          i = this.inKeyword(chunk, i);
          break;
        default:
          while (i < length && !endsRecovery(chunk[i] ?? 0)) i++;
          if (i < length) this.state = START;
      }
    }
  }

  /** Forgets what has come of the current token. */
  reset(): void {
    this.string.drop();
    this.partial = "";
    this.state = START;
  }

  private startToken(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    switch (KIND[byte]) {
      case SPACE:
        return at + 1;
      case STRUCTURE:
        this.sink.token(byte, undefined, 1);
        return at + 1;
      case QUOTE:
        this.state = IN_STRING;
        return this.inString(this.string.begin(chunk, at));
      case DIGIT:
        this.state = IN_NUMBER;
        this.numberState = numberStart(byte);
        this.partial = String.fromCharCode(byte);
        return at + 1;
      case LETTER:
        this.state = IN_KEYWORD;
        return this.inKeyword(chunk, at);
      default:
        return this.stray(Buffer.of(byte), at + 1);
    }
  }

  /** @param next where the string's reader stopped: `next` if the string goes on in the next chunk, else what is behind it. */
  private inString(next: number): number {
    if (this.string.outcome === "open") return next;
    this.state = this.string.outcome === "stray" ? RECOVERY : START;
    return next;
  }

  private inNumber(chunk: Buffer, from: number): number {
    let i = from;
    let state = this.numberState;
    for (; i < chunk.length; i++) {
      const next = advanceNumber(state, chunk[i] ?? 0);
      if (next < 0) break;
      state = next;
      if (this.partial.length + (i - from) >= TOKEN_BYTES_LIMIT) return this.tooLong(i + 1);
    }
    this.numberState = state;
    this.partial += chunk.toString("latin1", from, i);
    if (i === chunk.length) return i;
    if (!mayEndBefore(state, chunk[i] ?? 0)) return this.strayAfterPartial(chunk, i);
    this.emitPartial(NUMBER, parseNumber(this.partial));
    return i;
  }

  private inKeyword(chunk: Buffer, from: number): number {
    let i = from;
    while (i < chunk.length && KIND[chunk[i] ?? 0] === LETTER) i++;
    const room = TOKEN_BYTES_LIMIT - this.partial.length;
    if (i - from > room) return this.tooLong(from + room + 1);
    this.partial += chunk.toString("latin1", from, i);
    if (i < chunk.length) this.emitPartial(KEYWORD, this.partial);
    return i;
  }

  private emitPartial(type: number, value: unknown): void {
    const size = this.partial.length;
    this.partial = "";
    this.state = START;
    this.sink.token(type, value, size);
  }

  private strayAfterPartial(chunk: Buffer, at: number): number {
    const text = Buffer.concat([Buffer.from(this.partial, "latin1"), chunk.subarray(at, at + 1)]);
    this.partial = "";
    return this.stray(text, at + 1);
  }

  private stray(text: Buffer, next: number): number {
    this.state = RECOVERY;
    this.sink.stray(text);
    return next;
  }

  private tooLong(next: number): number {
    this.partial = "";
    this.state = START;
    this.sink.tooLong();
    return next;
  }
}

function endsRecovery(byte: number): boolean {
  return KIND[byte] === STRUCTURE || (byte < 0x20 && byte !== TAB) || byte >= 0xfe;
}
