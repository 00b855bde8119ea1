/** The states of a number: JSON's grammar, a byte a step, so that a number may be split anywhere. */

const MINUS = 0;
const ZERO = 1;
const DIGITS = 2;
const POINT = 3;
const FRACTION = 4;
const EXPONENT = 5;
const SIGN = 6;
const EXPONENT_DIGITS = 7;

const isDigit = (byte: number) => byte >= 0x30 && byte <= 0x39;

/** What the token's first byte, a digit or a minus sign, makes of it. */
export function numberStart(byte: number): number {
  return byte === 0x2d ? MINUS : byte === 0x30 ? ZERO : DIGITS;
}

/** @returns the next state, or -1 if the byte doesn't belong to the number. */
export function advanceNumber(state: number, byte: number): number {
  switch (state) {
    case MINUS:
      return byte === 0x30 ? ZERO : isDigit(byte) ? DIGITS : -1;
    case ZERO:
      return byte === 0x2e ? POINT : -1;
    case DIGITS:
      return isDigit(byte) ? DIGITS : byte === 0x2e ? POINT : isE(byte) ? EXPONENT : -1;
    case POINT:
      return isDigit(byte) ? FRACTION : -1;
    case FRACTION:
      return isDigit(byte) ? FRACTION : isE(byte) ? EXPONENT : -1;
    case EXPONENT:
      return isDigit(byte) ? EXPONENT_DIGITS : byte === 0x2b || byte === 0x2d ? SIGN : -1;
    default:
      return isDigit(byte) ? EXPONENT_DIGITS : -1;
  }
}

/** Whether a number may end in this state before this byte; where not, the byte is an error. `01` is one, `0e` is two tokens. */
export function mayEndBefore(state: number, byte: number): boolean {
  if (state === ZERO) return !isDigit(byte);
  return state === DIGITS || state === FRACTION || state === EXPONENT_DIGITS;
}

function isE(byte: number): boolean {
  return byte === 0x65 || byte === 0x45;
}
