/** Counters of /proc/diskstats. */

/** A counter: the kernel's 64 bits don't always fit a `number`. */
type Counter = number | bigint;

/** The columns behind the name, under the wire's names; "sectors" are 512 bytes and "ticks" milliseconds, whatever the device. */
const COLUMNS = [
  "read-ios",
  "read-merges",
  "read-sectors",
  "read-ticks",
  "write-ios",
  "write-merges",
  "write-sectors",
  "write-ticks",
  "ios-pgr",
  "total-ticks",
  "weight-ticks",
  "discard-ios",
  "discard-merges",
  "discard-sectors",
  "discard-ticks",
  "flush-ios",
  "flush-ticks",
] as const;

/** Linux 2.6 until 2.6.25 counted no more than this for a partition. */
const OLD_PARTITION = ["read-ios", "read-sectors", "write-ios", "write-sectors"] as const;

/** How many columns came with 2.6, 4.18 (discard) and 5.5 (flush): of a line that ends in between only what is complete counts. */
const COMPLETE = [17, 15, 11];

type Column = (typeof COLUMNS)[number];
export type DiskCounters = { [K in Column]?: Counter };

export interface DiskStatistics {
  readonly name: string;
  readonly major: Counter;
  readonly minor: Counter;
  readonly stats: DiskCounters;
}

/** Two numbers, name, counters; what stands behind the last of them is of a future that isn't known. */
const LINE = /^\s*(\d+)\s+(\d+)\s+(\S+)((?:\s+\d+)+)(?=\s|$)/;

/**
 * @param text of /proc/diskstats: "   8       0 sda 1257 63 68458 …".
 * @returns disks and partitions in the order of the lines; lines of another form are left out.
 */
export function parseDiskStatistics(text: string): DiskStatistics[] {
  const disks: DiskStatistics[] = [];
  for (const line of text.split("\n")) {
    const [, major, minor, name, rest] = LINE.exec(line) ?? [];
    if (major === undefined || minor === undefined || name === undefined || rest === undefined) continue;
    const values = rest.trim().split(/\s+/).map(counter);
    const columns = columnsOf(values.length);
    if (columns === undefined) continue;
    const stats: DiskCounters = {};
    for (const [index, column] of columns.entries()) stats[column] = values[index] ?? 0;
    disks.push({ name, major: counter(major), minor: counter(minor), stats });
  }
  return disks;
}

/** @returns what so many values mean. */
function columnsOf(values: number): readonly Column[] | undefined {
  if (values === OLD_PARTITION.length) return OLD_PARTITION;
  if (values < OLD_PARTITION.length) return undefined;
  return COLUMNS.slice(0, COMPLETE.find((columns) => values >= columns) ?? 0);
}

function counter(digits: string): Counter {
  const value = Number(digits);
  return Number.isSafeInteger(value) ? value : BigInt.asUintN(64, BigInt(digits));
}
