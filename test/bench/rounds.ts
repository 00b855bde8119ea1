// Pairs: both sides in short rounds in turn, so that what else the machine does hits both alike.
import { type Agent, type CommandLine, startAgent } from "./agents.ts";

export interface Bench {
  readonly ours: CommandLine;
  readonly theirs: CommandLine;
  readonly quick: boolean;
}

export interface Pair {
  readonly ours: number;
  readonly theirs: number;
  /** The median of the pairs' own ratios, which a slow minute of the machine moves less than either figure. */
  readonly ratio: number;
  /** Between which the middle half of the pairs' ratios lies: how far to trust the median. */
  readonly spread: readonly [number, number];
}

/** Runs with a fresh agent of either side, and ends both. */
export async function withBoth<T>(bench: Bench, use: (ours: Agent, theirs: Agent) => T | Promise<T>): Promise<T> {
  const ours = startAgent(bench.ours);
  try {
    const theirs = startAgent(bench.theirs);
    try {
      return await use(ours, theirs);
    } catch (error) {
      const heard = `lodger: ${ours.complaints()}\nqemu-ga: ${theirs.complaints()}`;
      throw new Error(`${error instanceof Error ? error.message : error}\nStandard error of\n${heard}`, { cause: error });
    } finally {
      await theirs.stop();
    }
  } finally {
    await ours.stop();
  }
}

/** Until the compilers of a JavaScript engine have settled; qemu-ga gets the same. */
const WARM_UP_MS = 500;

export function warmUp(rounds: readonly (() => number)[], ms: number = WARM_UP_MS): void {
  for (const round of rounds) {
    const until = performance.now() + ms;
    while (performance.now() < until) round();
  }
}

/** Each function measures one round. The order changes from pair to pair: A B, B A, A B … */
export function inPairs(rounds: number, ours: () => number, theirs: () => number): Pair {
  const a: number[] = [];
  const b: number[] = [];
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) a.push(ours());
    b.push(theirs());
    if (round % 2 === 1) a.push(ours());
  }
  const ratios = a.map((value, round) => value / (b[round] ?? Number.NaN)).sort((x, y) => x - y);
  const quarter = Math.floor(rounds / 4);
  const spread = [ratios[quarter] ?? Number.NaN, ratios[rounds - 1 - quarter] ?? Number.NaN] as const;
  return { ours: median(a), theirs: median(b), ratio: median(ratios), spread };
}

export function median(values: Iterable<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? Number.NaN)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? Number.NaN)) / 2;
}

/**
 * How often `once` runs in a second. `rewind` comes before every lap of at most `lap` runs and is not timed, on either side.
 */
export function perSecond(ms: number, lap: number, rewind: () => void, once: () => void): number {
  let spent = 0;
  let runs = 0;
  while (spent < ms) {
    rewind();
    const from = performance.now();
    let passed = 0;
    for (let run = 0; run < lap && spent + passed < ms; run++) {
      once();
      runs++;
      passed = performance.now() - from;
    }
    spent += passed;
  }
  return (runs * 1000) / spent;
}
