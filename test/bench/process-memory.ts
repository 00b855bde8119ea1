// What the kernel says about a process's memory, in bytes.
import { readFileSync, writeFileSync } from "node:fs";

export interface Memory {
  readonly resident: number;
  readonly privateDirty: number;
}

export function memoryOf(pid: number): Memory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, "latin1");
  return { resident: field(rollup, "Rss"), privateDirty: field(rollup, "Private_Dirty") };
}

/** The most that was resident since resetPeak. */
export function peakOf(pid: number): number {
  return field(readFileSync(`/proc/${pid}/status`, "latin1"), "VmHWM");
}

export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
}

function field(text: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc does not say ${name}`);
  return Number(kilobytes) * 1024;
}
