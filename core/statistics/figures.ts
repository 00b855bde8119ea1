/** How often one command was asked for, how often it failed, and how long it took. */

/** Upper bounds of the buckets, in milliseconds: 1, 2 and 5 of each decade from a microsecond to 100 seconds. One more bucket has the rest. */
export const BOUNDS_MS: readonly number[] = [-3, -2, -1, 0, 1, 2, 3, 4].flatMap((decade) =>
  [1, 2, 5].map((step) => Number(`${step}e${decade}`)),
);
const BUCKETS = BOUNDS_MS.length + 1;
/** Behind the buckets. */
const TOTAL = BUCKETS;
const LONGEST = BUCKETS + 1;

export class CommandFigures {
  count = 0;
  errors = 0;
  /** Made when it is first needed: most commands are never asked for. One array of plain numbers, so that counting makes nothing. */
  #numbers: Float64Array | undefined;

  /** @param ms from the request to its answer. */
  time(ms: number): void {
    this.#numbers ??= new Float64Array(BUCKETS + 2);
    const numbers = this.#numbers;
    let bucket = 0;
    while (bucket < BOUNDS_MS.length && ms > (BOUNDS_MS[bucket] as number)) bucket++;
    numbers[bucket] = (numbers[bucket] as number) + 1;
    numbers[TOTAL] = (numbers[TOTAL] as number) + ms;
    if (ms > (numbers[LONGEST] as number)) numbers[LONGEST] = ms;
  }

  /** How many were timed. */
  get timed(): number {
    return this.buckets.reduce((sum, count) => sum + count, 0);
  }

  /** How many took as long as each of the bounds, and not as long as the one before. */
  get buckets(): readonly number[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => this.#numbers?.[bucket] ?? 0);
  }

  get totalMs(): number {
    return this.#numbers?.[TOTAL] ?? 0;
  }

  get longestMs(): number {
    return this.#numbers?.[LONGEST] ?? 0;
  }

  /**
   * @param share from 0 to 1.
   * @returns the milliseconds within which this share was answered, estimated between the bounds of a bucket; 0 where nothing was.
   */
  within(share: number): number {
    const { buckets, longestMs } = this;
    let left = this.timed * share;
    for (const [bucket, count] of buckets.entries()) {
      if (count > 0 && left <= count) {
        const low = BOUNDS_MS[bucket - 1] ?? 0;
        const high = Math.min(BOUNDS_MS[bucket] ?? longestMs, longestMs);
        return Math.min(longestMs, low + (high - low) * (left / count));
      }
      left -= count;
    }
    return longestMs;
  }
}
