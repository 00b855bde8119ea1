// One line of the table, and how figures are written.
import type { Bench, Pair } from "./rounds.ts";

export interface Line {
  readonly what: string;
  readonly budget: string;
  readonly ours: string;
  readonly theirs: string;
  readonly ratio: string;
  /** undefined where there is no budget. */
  readonly met: boolean | undefined;
  /** What the plots of throughput show of it. */
  readonly throughput?: Throughput;
}

/** Of calls that read or write so many bytes of a file each, in bytes of the file a second. */
export interface Throughput {
  readonly kind: "read" | "write";
  readonly callBytes: number;
  readonly ours: number;
  readonly theirs: number;
}

/** A row of the table by its name for --only; it may make more than one line. */
export interface Row {
  readonly name: string;
  measure(bench: Bench): Promise<Line[]>;
}

export function atLeast(what: string, times: number, pair: Pair, write: (value: number) => string): Line {
  return { ...compared(what, pair, write), budget: `at least ${times} x`, met: pair.ratio >= times };
}

export function atMost(what: string, times: number, pair: Pair, write: (value: number) => string): Line {
  return { ...compared(what, pair, write), budget: `at most ${times} x`, met: pair.ratio <= times };
}

/** Without a budget. */
export function compared(what: string, pair: Pair, write: (value: number) => string): Line {
  return {
    what,
    budget: "",
    met: undefined,
    ours: write(pair.ours),
    theirs: write(pair.theirs),
    ratio: `${times(pair.ratio)} (${pair.spread.map(figures).join("–")})`,
  };
}

export const times = (value: number): string => `${figures(value)} x`;
export const microseconds = (value: number): string => `${figures(value)} µs`;
export const milliseconds = (value: number): string => `${figures(value)} ms`;
export const megabytesPerSecond = (value: number): string => `${figures(value / 1e6)} MB/s`;
export const perSecondFigure = (value: number): string => `${Math.round(value).toLocaleString("en")} /s`;
/** Binary megabytes, as /proc counts. */
export const megabytes = (bytes: number): string => `${(bytes / 1048576).toFixed(1)} MB`;

function figures(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  return value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

export function sizeText(bytes: number): string {
  return bytes < 1048576 ? `${bytes / 1024} KiB` : `${bytes / 1048576} MiB`;
}
