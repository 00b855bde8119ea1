/** Sizes as an admin writes them. */

const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30 };

/** For errors. */
export const SIZE_HINT = 'write a number and B, KiB, MiB or GiB, such as "256 MiB"';

/** @returns bytes, rounded down; undefined for what is no size. */
export function parseSize(text: string): number | undefined {
  const [, number = "", unit = ""] = /^(\d{1,12}(?:\.\d{1,6})?) ?(B|KiB|MiB|GiB)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(number) * (BYTES[unit] ?? Number.NaN));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
