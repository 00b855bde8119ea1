/**
 * Limits as a program expects them. The agent's own are others: Node raises that of descriptors as far as it goes, with which programs that
 * close them all take long and those that use select() fail; and the service is spared when memory is short. A program has what the agent
 * has at the moment of its fork; set afterwards, it would be too late for what reads its limits at once, or starts another.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { lowerDescriptorLimit, raiseDescriptorLimit } from "./resource-limits.ts";

/** What service managers and logins give. What the agent was started with is not to be known any more. */
const DESCRIPTORS = 1024n;
const SCORE_FILE = "/proc/self/oom_score_adj";

let starting = 0;
let restore: readonly (() => void)[] = [];

/**
 * The agent has ordinary limits itself until the last start has ended. One that hangs on a dead server leaves it with them: enough for all
 * but hundreds of clients.
 * @param start forks.
 */
export async function withOrdinaryLimits<T>(start: () => Promise<T>): Promise<T> {
  starting += 1;
  if (starting === 1) restore = [lowerDescriptors, lowerProtection].map((lower) => tried(lower) ?? (() => undefined));
  try {
    return await start();
  } finally {
    starting -= 1;
    if (starting === 0) for (const put of restore) tried(put);
  }
}

function lowerDescriptors(): (() => void) | undefined {
  const before = lowerDescriptorLimit(DESCRIPTORS);
  return before === undefined ? undefined : () => raiseDescriptorLimit(before);
}

function lowerProtection(): (() => void) | undefined {
  const before = readFileSync(SCORE_FILE, "latin1").trim();
  if (!before.startsWith("-")) return undefined;
  writeFileSync(SCORE_FILE, "0");
  return () => writeFileSync(SCORE_FILE, before);
}

/** A program with other limits is better than none. */
function tried<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
