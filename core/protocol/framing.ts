/**
 * Where one message ends and the next begins. The interface has no frame: a message is complete when its braces and its brackets
 * are balanced, each kind counted by itself, or when one closes that was never opened. What the nesting means is the parser's affair.
 */
import { CommandError, type ErrorCode } from "../errors.ts";
import { Lexer } from "./lexer.ts";
import { LongString } from "./long-string.ts";
import { ParseError, Parser } from "./parser.ts";
import { ScratchPool } from "./scratch.ts";
import { lossyText } from "./string-decode.ts";
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  NESTING_LIMIT,
  OPEN_BRACE,
  OPEN_BRACKET,
  TOKEN_BYTES_LIMIT,
  TOKEN_COUNT_LIMIT,
  type TokenSink,
} from "./tokens.ts";
import type { JsonValue } from "./values.ts";

/** A complete message: its value, or why it is none. */
export interface Message {
  readonly value?: JsonValue;
  readonly error?: CommandError;
  /** Bytes of its tokens, which is about what it takes of memory while it waits. */
  readonly size: number;
  /** Memory lent to it; to be released when it is answered. */
  readonly lent: readonly LongString[];
}

const NOTHING: readonly LongString[] = [];
/** Arrays that grew beyond this are not kept for the next message. */
const KEEP_TOKENS = 4096;
/** A half token is shown whole, as clients know it, unless it is one that only an attack would send. */
const SHOWN_BYTES = 64 * 1024;

export class Framing implements TokenSink {
  private readonly receive: (message: Message) => void;
  private readonly lexer: Lexer;
  private types: number[] = [];
  private values: unknown[] = [];
  private lent: LongString[] = [];
  private braces = 0;
  private brackets = 0;
  private size = 0;

  /** @param receive is called for each message as soon as its last byte is there. */
  constructor(receive: (message: Message) => void, pool = new ScratchPool()) {
    this.receive = receive;
    this.lexer = new Lexer(this, pool);
  }

  /** @param chunk the next bytes, split anywhere; not kept. */
  push(chunk: Uint8Array): void {
    this.lexer.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
  }

  /** Gives back what a message that will never be complete has taken. */
  close(): void {
    this.lexer.reset();
    this.drop();
  }

  token(type: number, value: unknown, size: number): void {
    if (value instanceof LongString) this.lent.push(value);
    this.size += size;
    if (type === OPEN_BRACE) this.braces++;
    else if (type === CLOSE_BRACE) this.braces--;
    else if (type === OPEN_BRACKET) this.brackets++;
    else if (type === CLOSE_BRACKET) this.brackets--;
    const exceeded = this.exceeded();
    if (exceeded) {
      this.fail(new CommandError(exceeded));
      return;
    }
    this.types.push(type);
    this.values.push(value);
    if (this.braces < 0 || this.brackets < 0 || (this.braces === 0 && this.brackets === 0)) this.complete();
  }

  stray(text: Buffer): void {
    // A C string ends at its first NUL, and the interface shows it so.
    const nul = text.indexOf(0);
    const end = Math.min(nul < 0 ? text.length : nul, SHOWN_BYTES);
    this.fail(new CommandError("JSON", { what: `stray '${lossyText(text.subarray(0, end))}'` }));
  }

  tooLong(): void {
    this.fail(new CommandError("JSON_TOKEN_SIZE"));
  }

  private exceeded(): ErrorCode | undefined {
    if (this.size >= TOKEN_BYTES_LIMIT) return "JSON_TOKEN_SIZE";
    if (this.types.length >= TOKEN_COUNT_LIMIT) return "JSON_TOKEN_COUNT";
    return this.braces + this.brackets > NESTING_LIMIT ? "JSON_NESTING" : undefined;
  }

  private complete(): void {
    const { types, values, lent, size } = this;
    this.lent = [];
    let message: Message;
    try {
      message = { value: new Parser(types, values).parse(), size, lent: lent.length === 0 ? NOTHING : lent };
    } catch (error) {
      if (!(error instanceof ParseError)) throw error;
      message = { error: new CommandError("JSON", { what: error.what }), size, lent };
    }
    this.forget();
    this.receive(message);
  }

  private fail(error: CommandError): void {
    this.drop();
    this.receive({ error, size: 0, lent: NOTHING });
  }

  private drop(): void {
    for (const string of this.lent) string.release();
    this.lent = [];
    this.forget();
  }

  private forget(): void {
    if (this.types.length > KEEP_TOKENS) {
      this.types = [];
      this.values = [];
    } else {
      this.types.length = 0;
      this.values.length = 0;
    }
    this.braces = 0;
    this.brackets = 0;
    this.size = 0;
  }
}
