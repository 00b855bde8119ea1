/** What each processor spent its time on, from /proc/stat. */
import { type Files, failed, type Int64Value, OsError, type SystemInformation } from "../../core/plugin.ts";

const PATH = "/proc/stat";

/** Columns of a line "cpuN …"; kernels have added to them, so the later ones may be missing. */
const COLUMNS = ["user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice"] as const;

type Column = (typeof COLUMNS)[number];
type Required = "user" | "nice" | "system" | "idle";

/** Times in milliseconds. */
export interface CpuTimes extends Record<Required, Int64Value>, Partial<Record<Exclude<Column, Required>, Int64Value>> {
  readonly type: "linux";
  readonly cpu: number;
}

/** @throws CommandError if the kernel doesn't tell. */
export async function cpuTimes(files: Files, system: SystemInformation): Promise<CpuTimes[]> {
  try {
    return parseCpuTimes(await files.readText(PATH), system.ticksPerSecond());
  } catch (error) {
    if (error instanceof OsError) throw failed(`open("${PATH}"): ${error.message}`);
    throw error;
  }
}

/** @param text of /proc/stat. Only processors that are online have a line; lines of another form are left out. */
export function parseCpuTimes(text: string, ticksPerSecond: number): CpuTimes[] {
  const all: CpuTimes[] = [];
  for (const line of text.split("\n")) {
    const [, cpu, columns] = /^\s*cpu(\d{1,9})((?:\s+\d+){4,})\s*$/.exec(line) ?? [];
    if (cpu === undefined || columns === undefined) continue;
    const ticks = columns.trim().split(/\s+/);
    const milliseconds = (index: number) => toMilliseconds(ticks[index] ?? "0", ticksPerSecond);
    const times: CpuTimes = {
      type: "linux",
      cpu: Number(cpu),
      user: milliseconds(0),
      nice: milliseconds(1),
      system: milliseconds(2),
      idle: milliseconds(3),
    };
    for (const [index, column] of COLUMNS.entries()) {
      if (index < ticks.length) times[column] = milliseconds(index);
    }
    all.push(times);
  }
  return all;
}

function toMilliseconds(ticks: string, ticksPerSecond: number): Int64Value {
  const milliseconds = BigInt.asUintN(64, (BigInt(ticks) * 1000n) / BigInt(ticksPerSecond));
  return milliseconds <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(milliseconds) : milliseconds;
}
