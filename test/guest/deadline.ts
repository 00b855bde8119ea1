import { setTimeout as sleep } from "node:timers/promises";

/** The promise's value, or an error that says what was awaited. No wait of the guest test is without one. */
export async function within<T>(milliseconds: number, what: string | (() => string), promise: Promise<T>): Promise<T> {
  const timer = new AbortController();
  const late = sleep(milliseconds, undefined, { signal: timer.signal }).then(() => {
    const text = typeof what === "string" ? what : what();
    throw new Error(`not within ${Math.round(milliseconds)} ms: ${text}`);
  });
  // aborted below when the promise wins; nobody listens then
  late.catch(() => {});
  try {
    return await Promise.race([promise, late]);
  } finally {
    timer.abort();
  }
}

/** Asks again and again until the answer is not undefined. */
export async function until<T>(
  milliseconds: number,
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  pause = 50,
): Promise<T> {
  const end = performance.now() + milliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > end) throw new Error(`not within ${milliseconds} ms: ${what}`);
    await sleep(pause);
  }
}
