/** Reads a pipe on Bun, whose sockets are given descriptors but never read them: it is asked again and again, less often while it is silent. */
import { closeSync, readSync } from "node:fs";
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
