/** One record as one line of JSON, whatever is in it, of bounded length. */
import { printable } from "../printable.ts";
import { type Limits, type Plain, shortened } from "./redaction.ts";

/** With its newline, in bytes. */
export const MAX_LINE_BYTES = 4096;

/** What a line consists of, in the order to write it. */
export interface Entry {
  readonly [name: string]: Plain | undefined;
  readonly arguments?: Plain;
}

/** What is tried where a line is too long. */
const SHORTER: readonly Limits[] = [
  { text: 128, items: 10 },
  { text: 64, items: 5 },
];
const SHORTEST: Limits = { text: 48, items: 3 };

export function lineOf(entry: Entry): string {
  const whole = text(entry);
  if (fits(whole)) return whole;
  for (const limits of SHORTER) {
    const line = text(shorterEntry(entry, limits));
    if (fits(line)) return line;
  }
  return text({ ...shorterEntry(entry, SHORTEST), arguments: "(too long)" });
}

function shorterEntry(entry: Entry, limits: Limits): Entry {
  return Object.fromEntries(Object.entries(entry).map(([name, value]) => [name, value === undefined ? value : shortened(value, limits)]));
}

/** JSON has control characters escaped, but not all that end a line or hide something for a terminal. They stand in strings only. */
function text(entry: Entry): string {
  const json = JSON.stringify(entry);
  return `${isAscii(json) ? json : printable(json)}\n`;
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

function fits(line: string): boolean {
  return line.length <= MAX_LINE_BYTES && Buffer.byteLength(line) <= MAX_LINE_BYTES;
}
