/** For an error that says what may have been meant. */

/**
 * @param known the names that there are.
 * @returns the one that takes the fewest changes of a letter to come from `name`; undefined where too much would have to change.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  // Nobody types so much by mistake; and what is compared below takes time by the square.
  if (name.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const changes = distance(name.toLowerCase(), candidate.toLowerCase());
    if (changes < least && changes <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      least = changes;
    }
  }
  return best;
}

const MAX_LENGTH = 100;

/** Letters to change, to add and to leave out (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [index, letter] of [...from].entries()) {
    const next = [index + 1];
    for (const [at, other] of [...to].entries()) {
      const replaced = (row[at] ?? 0) + (letter === other ? 0 : 1);
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1));
    }
    row = next;
  }
  return row.at(-1) ?? 0;
}
