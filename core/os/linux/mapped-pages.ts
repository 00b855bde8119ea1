/** Pages of the executable and its libraries that the process has looked at: most of them only while it started. */
import { readFileSync } from "node:fs";
import type { Resident } from "../own-process.ts";
import { declared, type NativeFunction } from "./library.ts";

interface Declared {
  madvise: NativeFunction<[start: bigint, length: bigint, advice: number], number>;
}

const c = declared<Declared>((library) => ({ madvise: library.func("int madvise(uintptr_t, size_t, int)") }));

const MADV_DONTNEED = 4;

/**
 * Takes the pages out of the process. They stay in the page cache as long as the kernel has no better use for them, and the next that is
 * needed comes from there; what is locked stays.
 * @throws Error where native calls are not available.
 */
export function forgetMappedPages(): void {
  for (const [start, length] of untouchedFiles(readFileSync("/proc/self/smaps", "latin1"))) c().madvise(start, length, MADV_DONTNEED);
}

/** @returns what is the process's own, and what is mapped of files. */
export function residentMemory(): Resident {
  const status = readFileSync("/proc/self/status", "latin1");
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(status)?.[1] ?? 0) * 1024;
  return { own: bytes("RssAnon"), mapped: bytes("RssFile") };
}

/**
 * @param smaps as of /proc/self/smaps.
 * @returns start and length of what is mapped from a file, can't be written and was never changed: nothing but the file's own bytes.
 */
export function untouchedFiles(smaps: string): (readonly [start: bigint, length: bigint])[] {
  return smaps.split(/^(?=[\da-f]+-[\da-f]+ )/m).flatMap((mapping) => {
    const [, start, end] = /^([\da-f]+)-([\da-f]+) r-[x-]p \S+ \S+ [1-9]/.exec(mapping) ?? [];
    if (start === undefined || end === undefined || !/^Anonymous: +0 kB$/m.test(mapping)) return [];
    const from = BigInt(`0x${start}`);
    return [[from, BigInt(`0x${end}`) - from] as const];
  });
}
