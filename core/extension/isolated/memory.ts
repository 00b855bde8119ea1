/** How much memory a process has for itself. */
import { readFileSync } from "node:fs";

const KIB = 1024;

/** Anonymous memory, resident or swapped out, in bytes; undefined if it has ended. Never waits for a disk. */
export function privateMemory(pid: number): number | undefined {
  let status: string;
  try {
    status = readFileSync(`/proc/${pid}/status`, "latin1");
  } catch {
    return undefined;
  }
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0);
  return (kib("RssAnon") + kib("VmSwap")) * KIB;
}
