/** The alphabet between lexer and parser. A structural token is its own byte; the others carry a value. */

export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COMMA = 0x2c;
export const COLON = 0x3a;
/** Value: `string`, `LongString` or `RawString`. */
export const STRING = 1;
/** Value: `number`, `bigint` or `Double`. */
export const NUMBER = 2;
/** Value: the word. Only the parser knows which are legal. */
export const KEYWORD = 3;

/** A string with escapes or beyond ASCII: whether it is a legal one is for the parser to say, when the whole request is there. */
export class RawString {
  readonly bytes: Buffer;
  readonly quote: number;

  constructor(bytes: Buffer, quote: number) {
    this.bytes = bytes;
    this.quote = quote;
  }
}

/** One token's text may be this long, and so may all the tokens of a message together be, less one byte. */
export const TOKEN_BYTES_LIMIT = 64 * 1024 * 1024;
export const TOKEN_COUNT_LIMIT = 2 * 1024 * 1024;
export const NESTING_LIMIT = 1024;

/** What the lexer finds, in the order of the bytes. */
export interface TokenSink {
  /** @param size bytes of the token's text, quotes included. */
  token(type: number, value: unknown, size: number): void;
  /** A byte that no token can contain or begin with. @param text the half token and that byte. */
  stray(text: Buffer): void;
  /** A token grew over the limit. */
  tooLong(): void;
}
