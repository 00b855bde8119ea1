/** What the kernel says of the agent at one moment. */
import { readdirSync, readFileSync } from "node:fs";
import { memoryOf } from "../bench/process-memory.ts";

export interface Sample {
  /** Since the soak's begin. */
  readonly seconds: number;
  /** Cycles of the phase that were done. */
  readonly done: number;
  readonly resident: number;
  readonly privateDirty: number;
  readonly descriptors: number;
  readonly threads: number;
  /** Processes that it has started, those included that have ended and are not collected. */
  readonly children: number;
}

export function sampleOf(pid: number, begun: number, done: number): Sample {
  const threads = readdirSync(`/proc/${pid}/task`);
  return {
    seconds: (performance.now() - begun) / 1000,
    done,
    ...memoryOf(pid),
    descriptors: readdirSync(`/proc/${pid}/fd`).length,
    threads: threads.length,
    children: threads.reduce((sum, thread) => sum + childrenOf(pid, thread), 0),
  };
}

/** A child belongs to the thread that made it. */
function childrenOf(pid: number, thread: string): number {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/children`, "latin1").split(" ").length - 1;
  } catch {
    return 0; // the thread has ended
  }
}
