/** Pages of the executable and its libraries that the process has looked at: most of them only while it started. */
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import type { Resident } from "../own-process.ts";
import { declared, type NativeFunction } from "./library.ts";

/** Addresses and lengths are below 2 to the power of 53 on every machine there is. */
export type Range = readonly [start: number, length: number];

export interface Mapping {
  readonly start: number;
  readonly length: number;
  readonly pageBytes: number;
}

interface Declared {
  madvise: NativeFunction<[start: number, length: number, advice: number], number>;
}

const c = declared<Declared>((library) => ({ madvise: library.func("int madvise(uintptr_t, size_t, int)") }));

const MADV_DONTNEED = 4;
/** Since Linux 5.14. */
const MADV_POPULATE_READ = 22;

/** An entry of /proc/self/pagemap, 8 bytes: the last bit says that the page is there. */
const ENTRY_BYTES = 8;

/** What was let go, to be asked for when it has to be there. */
let forgotten: readonly Range[] = [];

/**
 * Takes the pages out of the process. They stay in the page cache as long as the kernel has no better use for them, and the next that is
 * needed comes from there; what is locked stays.
 * @throws Error where native calls are not available, or the kernel doesn't tell which pages are there.
 */
export function forgetMappedPages(): void {
  const mappings = untouchedFiles(readFileSync("/proc/self/smaps", "latin1"));
  const present = mappings.flatMap(presentPages);
  const { madvise } = c();
  forgotten = present;
  for (const { start, length } of mappings) madvise(start, length, MADV_DONTNEED);
}

/** Gets them back, for a time when the disk that they are on may not answer. Without native calls, or on an older kernel, nothing changes. */
export function recallMappedPages(): void {
  if (forgotten.length === 0) return;
  const { madvise } = c();
  for (const [start, length] of forgotten) madvise(start, length, MADV_POPULATE_READ);
}

/** @returns what is the process's own, and what is mapped of files. */
export function residentMemory(): Resident {
  const status = readFileSync("/proc/self/status", "latin1");
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
  return { own: bytes("RssAnon"), mapped: bytes("RssFile") };
}

/**
 * @param smaps as of /proc/self/smaps.
 * @returns what is mapped from a file, can't be written and was never changed: nothing but the file's own bytes.
 */
export function untouchedFiles(smaps: string): Mapping[] {
  return smaps.split(/^(?=[\da-f]+-[\da-f]+ )/m).flatMap((mapping) => {
    const [, start, end] = /^([\da-f]+)-([\da-f]+) r-[x-]p \S+ \S+ [1-9]/.exec(mapping) ?? [];
    const page = /^KernelPageSize: +(\d+) kB$/m.exec(mapping)?.[1];
    if (start === undefined || end === undefined || page === undefined || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const from = Number.parseInt(start, 16);
    return [{ start: from, length: Number.parseInt(end, 16) - from, pageBytes: Number(page) * 1024 }];
  });
}

function presentPages(mapping: Mapping): Range[] {
  const pages = mapping.length / mapping.pageBytes;
  const entries = Buffer.alloc(pages * ENTRY_BYTES);
  const fd = openSync("/proc/self/pagemap", "r");
  try {
    const read = readSync(fd, entries, 0, entries.length, (mapping.start / mapping.pageBytes) * ENTRY_BYTES);
    return presentRanges(mapping, entries.subarray(0, read));
  } finally {
    closeSync(fd);
  }
}

/** @param entries of the mapping's pages. */
export function presentRanges({ start, pageBytes }: Omit<Mapping, "length">, entries: Uint8Array): Range[] {
  const ranges: Range[] = [];
  let first = -1;
  for (let page = 0; page <= entries.length / ENTRY_BYTES; page++) {
    const isThere = ((entries[page * ENTRY_BYTES + ENTRY_BYTES - 1] ?? 0) & 0x80) !== 0;
    if (isThere && first < 0) first = page;
    if (isThere || first < 0) continue;
    ranges.push([start + first * pageBytes, (page - first) * pageBytes]);
    first = -1;
  }
  return ranges;
}
