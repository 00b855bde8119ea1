/** Runs a plugin's code at once, but not for ever: what holds the agent's one thread holds every client. */
import { Script } from "node:vm";
import { ModuleError } from "./module-errors.ts";

/** How long a plugin may hold the thread at a stretch. Who computes for longer awaits in between, or is isolated. */
export const BLOCKING_MS = 5000;

const WORK = Symbol.for("lodger.bounded");
const script = new Script('globalThis[Symbol.for("lodger.bounded")]()');
let depth = 0;

/**
 * Only what happens before the first `await` is bounded: V8 can end a call, but not a continuation without those of the agent's.
 * @throws ModuleError if the time is over, and whatever the work throws.
 */
export function bounded<T>(work: () => T, ms: number = BLOCKING_MS): T {
  // V8's timers of nested calls would end the outer one in the inner one's name.
  if (depth > 0) return work();
  (globalThis as Record<symbol, unknown>)[WORK] = work;
  depth++;
  try {
    return script.runInThisContext({ timeout: ms, displayErrors: false }) as T;
  } catch (error) {
    if (!isTimeout(error)) throw error;
    throw new ModuleError(
      `it held the agent's thread for ${ms / 1000} s without awaiting anything, and was ended: 'isolate = true' gives it its own`,
    );
  } finally {
    depth--;
  }
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ERR_SCRIPT_EXECUTION_TIMEOUT";
}
