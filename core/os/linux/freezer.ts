/** Freezing and thawing by ioctl. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Freezer } from "../ports.ts";
import { close, FIFREEZE, FITHAW, ioctl, ioctlOffLoop, open, openOffLoop } from "./libc.ts";

/** How long a thaw waits for a thread before it asks whether the pool has any left. */
const PATIENCE_MS = 250;

/**
 * Calls run on the thread pool. While file systems are frozen every thread of the pool may be stuck in a write to one of them, and a thaw
 * queued behind would wait for ever for what it is to end: then it is made on the loop.
 */
export class LinuxFreezer implements Freezer {
  /** Thaws that may still be waiting for a thread. */
  readonly #queued = new Set<Promise<void>>();

  async freeze(mountPoint: string): Promise<void> {
    await Promise.allSettled(this.#queued); // a late thaw must not undo this
    await onPool(mountPoint, FIFREEZE, "freeze");
  }

  async thaw(mountPoint: string): Promise<void> {
    const pooled = this.#tracked(onPool(mountPoint, FITHAW, "thaw"));
    while (!(await settlesSoon(pooled))) {
      if (await poolIsAlive()) continue; // it runs and only takes long
      try {
        return onLoop(mountPoint, FITHAW, "thaw");
      } catch (error) {
        // Perhaps one last thread did it in the meantime: then its result is the true one.
        if (await settlesSoon(pooled)) return pooled;
        throw error;
      }
    }
    return pooled;
  }

  #tracked(thaw: Promise<void>): Promise<void> {
    this.#queued.add(thaw);
    const forget = () => void this.#queued.delete(thaw);
    thaw.then(forget, forget);
    return thaw;
  }
}

async function onPool(mountPoint: string, request: number, call: string): Promise<void> {
  const fd = await openOffLoop(mountPoint);
  try {
    await ioctlOffLoop(fd, request, call);
  } finally {
    close(fd); // not on the pool: the freeze just made may have taken its last thread
  }
}

function onLoop(mountPoint: string, request: number, call: string): void {
  const fd = open(mountPoint, 0);
  try {
    ioctl(fd, request, call);
  } finally {
    close(fd);
  }
}

/** Whether a thread takes work: an ioctl that fails at once. */
function poolIsAlive(): Promise<boolean> {
  return settlesSoon(ioctlOffLoop(-1, FITHAW, "probe"));
}

async function settlesSoon(work: Promise<unknown>): Promise<boolean> {
  const stop = new AbortController();
  const settled = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, sleep(PATIENCE_MS, false, { signal: stop.signal })]);
  } finally {
    stop.abort();
  }
}
