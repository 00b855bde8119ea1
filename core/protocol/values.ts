/** The values of a request, as exact as they arrived. */
import type { LongString } from "./long-string.ts";

/**
 * A number that was written with a fraction or an exponent, or is an integer beyond 64 bits. A class of its own, because `1.0` is no
 * integer on this wire, and JavaScript's `1` can't tell.
 */
export class Double {
  /** Generated validators know it by this. */
  readonly isDouble = true;
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

export type JsonObject = { [name: string]: JsonValue };

/** Integers are `number` where that is exact and `bigint` from there to 2^64-1; strings that are long may still be bytes. */
export type JsonValue = null | boolean | string | number | bigint | Double | LongString | JsonValue[] | JsonObject;

const INT64_MIN = -(2n ** 63n);
const UINT64_MAX = 2n ** 64n - 1n;

/** Digits up to here are exact as a JavaScript number without looking. */
const SAFE_DIGITS = 15;

/** @param text a number as the lexer accepts it. */
export function parseNumber(text: string): number | bigint | Double {
  if (/[.eE]/.test(text)) return new Double(Number(text));
  if (text.length <= SAFE_DIGITS) return Number(text) + 0;
  // A number of a million digits is a legal token: BigInt would take quadratic time to say that it is too large.
  if (text.length > 24) return new Double(Number(text));
  const integer = BigInt(text);
  if (integer >= BigInt(Number.MIN_SAFE_INTEGER) && integer <= BigInt(Number.MAX_SAFE_INTEGER)) return Number(integer);
  return integer >= INT64_MIN && integer <= UINT64_MAX ? integer : new Double(Number(text));
}

/** A double as C's `%.17g` writes it, by which qemu-ga's clients read it back unchanged. */
export function formatDouble(value: number): string {
  // JSON has no infinity. This text is a number everywhere, and reads back as one.
  if (!Number.isFinite(value)) return value > 0 ? "1e999" : value < 0 ? "-1e999" : "null";
  if (Object.is(value, -0)) return "-0";
  const [mantissa = "", exponentText = ""] = rounded(value).split("e");
  const exponent = Number(exponentText);
  if (exponent < -4 || exponent >= 17) {
    const digits = Math.abs(exponent).toString().padStart(2, "0");
    return `${trimZeros(mantissa)}e${exponent < 0 ? "-" : "+"}${digits}`;
  }
  return trimZeros(fixed(mantissa, exponent));
}

/** Half-way between two of 17 digits, the last of them even. */
const TIE_ABOVE_EVEN = /^(-?\d\.\d{15}[02468])50*(e.*)$/;

/** 17 digits. C rounds half-way cases to even, JavaScript away from zero. */
function rounded(value: number): string {
  const tie = TIE_ABOVE_EVEN.exec(value.toExponential(100));
  return tie ? `${tie[1]}${tie[2]}` : value.toExponential(16);
}

/** @param mantissa a digit, a point and 16 digits. @param exponent from -4 to 16. */
function fixed(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith("-") ? "-" : "";
  const digits = mantissa.replace(/[-.]/g, "");
  if (exponent < 0) return `${sign}0.${"0".repeat(-exponent - 1)}${digits}`;
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}

function trimZeros(text: string): string {
  return text.includes(".") ? text.replace(/\.?0*$/, "") : text;
}
