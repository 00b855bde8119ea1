/**
 * Whether a figure that was sampled again and again grows. A collector makes a saw of memory, a machine makes outliers, and a step that
 * happens once is none: so two robust measures have to agree that it grows before it is said.
 */

export interface Growth {
  /** What the second half's slope (Theil–Sen: the median of the slopes between all pairs) comes to over that half. */
  readonly slope: number;
  /** Median of the last quarter less that of the second. */
  readonly difference: number;
  readonly grows: boolean;
}

/** @param allowed what both measures must exceed, in the figure's unit. */
export function growthOf(values: readonly number[], allowed: number): Growth {
  const { length } = values;
  if (length < 8) throw new Error(`growth can't be told from ${length} samples: take 8 or more`);
  const half = values.slice(Math.floor(length / 2));
  const slope = median(pairSlopes(half)) * (half.length - 1);
  const quarter = length / 4;
  const difference = median(values.slice(Math.floor(3 * quarter))) - median(values.slice(Math.floor(quarter), Math.floor(2 * quarter)));
  return { slope, difference, grows: slope > allowed && difference > allowed };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

function pairSlopes(values: readonly number[]): number[] {
  return values.flatMap((later, j) => values.slice(0, j).map((earlier, i) => (later - earlier) / (j - i)));
}
