/**
 * Pipes on Bun, whose sockets take a descriptor but never read it, and wait while they write to it: they are asked again and again, less
 * often while nothing moves.
 */
import { closeSync, readSync, writeSync } from "node:fs";
import { setNonBlocking } from "./libc.ts";

const SOONEST_MS = 1;
const LATEST_MS = 20;
/** How much is read before other work has its turn. */
const READS = 16;

/**
 * @param fd is closed at the end.
 * @param take is handed the memory, with so many bytes in it.
 * @param closed is called when nobody has the other end any more, or it can't be read.
 */
export function pollOutput(fd: number, memory: Buffer, take: (count: number, memory: Buffer) => void, closed: () => void): void {
  setNonBlocking(fd, true);
  const poll = (waited: number) => {
    let wait = Math.min(waited * 2, LATEST_MS);
    try {
      for (let reads = 0; reads < READS; reads += 1) {
        const count = readSync(fd, memory);
        if (count === 0) return end();
        wait = SOONEST_MS;
        take(count, memory);
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return end();
    }
    setTimeout(poll, wait, wait).unref(); // a child doesn't keep the agent from ending
  };
  const end = () => {
    closeSync(fd);
    closed();
  };
  setTimeout(poll, SOONEST_MS, SOONEST_MS).unref();
}

/**
 * @param fd is closed when all is written, or nobody reads it any more.
 * @param closed is called then.
 * @returns ends it early.
 */
export function pollInput(fd: number, input: Uint8Array, closed: () => void): () => void {
  setNonBlocking(fd, true);
  let rest = input;
  let timer: NodeJS.Timeout | undefined;
  let isOpen = true;
  const end = () => {
    if (!isOpen) return;
    isOpen = false;
    clearTimeout(timer);
    closeSync(fd);
    closed();
  };
  const poll = (waited: number) => {
    let wait = Math.min(waited * 2, LATEST_MS);
    try {
      while (rest.length > 0) {
        rest = rest.subarray(writeSync(fd, rest));
        wait = SOONEST_MS;
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return end();
    }
    if (rest.length === 0) return end();
    timer = setTimeout(poll, wait, wait).unref();
  };
  timer = setTimeout(poll, 0, SOONEST_MS).unref();
  return end;
}
