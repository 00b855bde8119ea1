/** Work in the kernel can't be ended. What can be is the wait for it. */

/** How a wait ended: the work is done (well or not), it was given up, or its time was over. */
export type Outcome = "settled" | "given up" | "late";

/** @param withinMs the wait's time; none is left for 0 or less. */
export async function outcomeOf(work: Promise<unknown>, givenUp: AbortSignal, withinMs: number): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const settle = () => resolve("settled");
  // Work that is done by now has come first.
  const abort = () => void setImmediate(() => resolve("given up"));
  work.then(settle, settle);
  if (givenUp.aborted) abort();
  else givenUp.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => resolve("late"), Math.max(0, withinMs));
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    givenUp.removeEventListener("abort", abort);
  }
}
