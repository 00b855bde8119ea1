/** Keeps what this process has in memory of its executable and libraries there, so that no disk is asked for it. */
import { readFileSync } from "node:fs";
import { declared, type NativeFunction } from "./library.ts";
import { recallMappedPages } from "./mapped-pages.ts";

type Address = number | bigint;

interface Declared {
  mlock2: NativeFunction<[start: Address, length: Address, flags: number], number>;
  munlock: NativeFunction<[start: Address, length: Address], number>;
}

const c = declared<Declared>((library) => ({
  mlock2: library.func("int mlock2(uintptr_t, size_t, uint)"),
  munlock: library.func("int munlock(uintptr_t, size_t)"),
}));

/** Only what is, or comes to be, in memory: not the whole executable. What the agent let go of it at rest is fetched first. */
const MLOCK_ONFAULT = 1;

/**
 * Locks the mapped files only, for those are what a kernel short of memory throws away first and reads again later. V8's own memory must
 * not be locked (mlockall): its garbage collector gives pages back by a call that locked memory refuses, and then ends the process.
 *
 * Where the kernel refuses (no privilege), or the C library has no such call, nothing changes: the pages are then as likely to stay as
 * any others in use.
 * @returns what unlocks them.
 */
export function lockMemory(): () => void {
  try {
    const locked = mappedFiles(readFileSync("/proc/self/maps", "latin1"));
    const { mlock2, munlock } = c();
    for (const [start, length] of locked) mlock2(start, length, MLOCK_ONFAULT);
    recallMappedPages();
    return () => {
      for (const [start, length] of locked) munlock(start, length);
    };
  } catch {
    return () => undefined;
  }
}

/** @param maps as of /proc/self/maps. @returns start and length of what is mapped from a file. */
export function mappedFiles(maps: string): (readonly [start: bigint, length: bigint])[] {
  return maps.split("\n").flatMap((line) => {
    const [, start, end, inode] = /^([\da-f]+)-([\da-f]+) \S+ \S+ \S+ (\d+)/.exec(line) ?? [];
    if (start === undefined || end === undefined || inode === "0") return [];
    const from = BigInt(`0x${start}`);
    return [[from, BigInt(`0x${end}`) - from] as const];
  });
}
