/** Freezing and thawing by ioctl. */
import { readFileSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { FileSystemPath, Freezer, OpenFileSystem } from "../freezer.ts";
import { osError } from "./errno.ts";
import { close, FIFREEZE, FITHAW, ioctl, ioctlOffLoop, openOffLoop } from "./libc.ts";
import { lockMemory } from "./memory-lock.ts";
import { deviceNumbers } from "./mounts.ts";

/** How long a thaw waits for a thread before it asks whether the pool has any left. */
const PATIENCE_MS = 250;

export class LinuxFreezer implements Freezer {
  /** Thaws of all file systems that may still be waiting for a thread. */
  readonly #lateThaws = new Set<Promise<unknown>>();

  async open({ mountPoint, device, mountId }: FileSystemPath): Promise<OpenFileSystem> {
    const fd = await openOffLoop(mountPoint);
    if ((device !== undefined && deviceOf(fd) !== device) || (mountId !== undefined && mountIdOf(fd) !== mountId)) {
      close(fd);
      throw osError({ code: "ENODEV" }, "open");
    }
    return new LinuxFileSystem(mountPoint, fd, this.#lateThaws);
  }

  stayInMemory(): () => void {
    return lockMemory();
  }
}

/** Of the files below an open directory; no disk is asked for it. */
function deviceOf(fd: number): string {
  // Not fstat, by which Deno knows only what it has opened itself.
  const { major, minor } = deviceNumbers(statSync(`/proc/self/fd/${fd}`, { bigint: true }).dev);
  return `${major}:${minor}`;
}

function mountIdOf(fd: number): number {
  return Number(/^mnt_id:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "latin1"))?.[1]);
}

/**
 * Calls run on the thread pool. While file systems are frozen every thread of the pool may be stuck in a write to one of them, and a thaw
 * queued behind would wait for ever for what it is to end: then it is made on the loop.
 */
class LinuxFileSystem implements OpenFileSystem {
  readonly mountPoint: string;
  readonly #fd: number;
  /** Calls that a thread still has, or that still wait for one. */
  readonly #pending = new Set<Promise<unknown>>();
  readonly #lateThaws: Set<Promise<unknown>>;

  constructor(mountPoint: string, fd: number, lateThaws: Set<Promise<unknown>>) {
    this.mountPoint = mountPoint;
    this.#fd = fd;
    this.#lateThaws = lateThaws;
  }

  async freeze(): Promise<void> {
    await Promise.allSettled(this.#lateThaws); // one of an earlier freeze must not undo this
    await this.#onPool(FIFREEZE, "freeze");
  }

  async thaw(): Promise<void> {
    const pooled = tracked(this.#onPool(FITHAW, "thaw"), this.#lateThaws);
    while (!(await settlesSoon(pooled))) {
      if (await poolIsAlive()) continue; // it runs and only takes long
      try {
        ioctl(this.#fd, FITHAW, "thaw");
        return;
      } catch (error) {
        // Perhaps one last thread did it in the meantime: then its result is the true one.
        if (await settlesSoon(pooled)) break;
        throw error;
      }
    }
    await pooled;
  }

  /** Not before the last call has come back: the number would be another file's by then. */
  close(): void {
    void Promise.allSettled(this.#pending).then(() => close(this.#fd));
  }

  #onPool(request: number, call: string): Promise<number> {
    return tracked(ioctlOffLoop(this.#fd, request, call), this.#pending);
  }
}

/** Keeps the work in the set until it is done. */
function tracked<T>(work: Promise<T>, set: Set<Promise<unknown>>): Promise<T> {
  set.add(work);
  const forget = () => void set.delete(work);
  work.then(forget, forget);
  return work;
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
