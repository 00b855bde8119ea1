/** Rates and sizes as an admin writes them. */
import { parseSize, SIZE_HINT } from "../config/units.ts";
import type { Rate } from "./rules.ts";

const TIMES: Readonly<Record<string, number>> = { s: 1000, min: 60_000, h: 3_600_000 };

export const RATE_HINT = 'write a number and a time, /s, /min or /h, such as "30/min"';
export const BYTE_RATE_HINT = `${SIZE_HINT.replace(/, such as .*/, "")}, and a time, /s, /min or /h, such as "100 MiB/min"`;
export { SIZE_HINT };

/** "30/min". @returns undefined for what is no rate of one or more. */
export function parseRate(text: string): Rate | undefined {
  return rate(text, (count) => (/^\d{1,9}$/.test(count) ? Number(count) : undefined));
}

/** "100 MiB/min". */
export function parseByteRate(text: string): Rate | undefined {
  return rate(text, parseSize);
}

/** "1 MiB", more than nothing. */
export function parseBytes(text: string): number | undefined {
  return parseSize(text) || undefined;
}

function rate(text: string, read: (amount: string) => number | undefined): Rate | undefined {
  const [, amount = "", time = ""] = /^(.*?) ?\/ ?(s|min|h)$/.exec(text) ?? [];
  const [count, perMs] = [read(amount), TIMES[time]];
  return count === undefined || count === 0 || perMs === undefined ? undefined : { count, perMs };
}
