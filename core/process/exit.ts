/** The end of the process: on a signal, with status 0, within a second, also if something hangs. */
import { ownProcess } from "../os/own-process.ts";

/** What of that second the agent has for itself. */
const PATIENCE_MS = 800;

const SIGNALS = ["SIGTERM", "SIGINT"] as const;

/**
 * Fires when the agent is told to end; from then on it has a moment to do so before it is ended.
 * @param before what must be done first, however long it takes (thawing); it must not reject.
 */
export function endSignal(before: () => Promise<void>): AbortSignal {
  const controller = new AbortController();
  let told = false;
  const end = async () => {
    if (told) return;
    told = true;
    await before();
    controller.abort();
    endWithin(PATIENCE_MS, 0);
  };
  for (const signal of SIGNALS) process.on(signal, () => void end());
  return controller.signal;
}

/**
 * Sets the status and lets the process end by itself, as it does when nothing is left to do. If something is (a call that hangs in
 * a thread would hold `process.exit` for ever), it is ended natively after this time.
 */
export function endWithin(ms: number, status: number): void {
  process.exitCode = status;
  setTimeout(() => endNow(status), ms).unref();
}

function endNow(status: number): void {
  try {
    ownProcess().exitNow(status);
  } catch {
    process.kill(process.pid, "SIGKILL"); // no native calls: at least it ends
  }
}
