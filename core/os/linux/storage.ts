/** Space, trimming and health by the C library's calls. Each may wait for the device, so all run off the loop. */
import { native } from "../native.ts";
import type { Space, Storage, Trimmed } from "../storage.ts";
import { osError } from "./errno.ts";
import { close, openOffLoop } from "./libc.ts";
import { declared, type NativeFunction, offLoop } from "./library.ts";
import { Patience } from "./patience.ts";

interface Declared {
  statvfs: NativeFunction<[path: string, into: BigUint64Array], number>;
  ioctl: NativeFunction<[fd: number, request: number, argument: BigUint64Array | Uint8Array], number>;
}

const c = declared<Declared>((library) => ({
  statvfs: library.func("int statvfs(const char *, void *)"),
  ioctl: library.func("int ioctl(int, ulong, void *)"),
}));

/** What doesn't answer within this time, in milliseconds, is left out of an answer that has more to tell. */
const LIMIT_MS = 2000;

const FITRIM = 0xc0185879;
const WHOLE = 2n ** 64n - 1n;

const NVME_IOCTL_ADMIN_CMD = 0xc0484e41;
const GET_LOG_PAGE = 0x02;
const HEALTH = 0x02;
const ALL_NAMESPACES = 0xffffffff;
const LOG_PAGE_BYTES = 512;

export class LinuxStorage implements Storage {
  readonly #patience: Patience;
  /** Who asks for the same meanwhile gets the same answer. */
  readonly #asked = new Map<string, Promise<unknown>>();
  /** Paths that are being trimmed. */
  readonly #trimming = new Set<string>();

  /** @param limitMs how long space and health may take. */
  constructor(limitMs = LIMIT_MS) {
    this.#patience = new Patience(limitMs);
  }

  space(mountPoint: string): Promise<Space> {
    return this.#ask("statvfs", mountPoint, spaceOf);
  }

  async trim(mountPoint: string, minimum: bigint): Promise<Trimmed> {
    // One that hangs would take a thread more with every request.
    if (this.#trimming.has(mountPoint)) throw osError({ code: "EBUSY" }, "trim");
    this.#trimming.add(mountPoint);
    try {
      return await trim(mountPoint, minimum);
    } finally {
      this.#trimming.delete(mountPoint);
    }
  }

  nvmeHealth(device: string): Promise<Uint8Array> {
    return this.#ask("ioctl", device, nvmeHealth);
  }

  #ask<T>(name: string, path: string, call: (path: string) => Promise<T>): Promise<T> {
    const key = `${name} ${path}`;
    const before = this.#asked.get(key) as Promise<T> | undefined;
    if (before !== undefined) return before;
    const answer = this.#patience.ask(key, name, () => call(path)).finally(() => this.#asked.delete(key));
    this.#asked.set(key, answer);
    return answer;
  }
}

async function spaceOf(path: string): Promise<Space> {
  const statvfs = new BigUint64Array(16); // 112 bytes on 64-bit systems: bsize, frsize, blocks, bfree, bavail, …
  await offLoop(c().statvfs, "statvfs", path, statvfs);
  const [, unit = 0n, blocks = 0n, free = 0n, available = 0n] = statvfs;
  const used = blocks - free;
  return { used: used * unit, total: (used + available) * unit, totalPrivileged: blocks * unit };
}

async function trim(path: string, minimum: bigint): Promise<Trimmed> {
  const range = new BigUint64Array([0n, WHOLE, minimum]); // struct fstrim_range: start, len, minlen
  await withOpen(path, (fd) => offLoop(c().ioctl, "trim", fd, FITRIM, range));
  return { trimmed: range[1] ?? 0n, minimum: range[2] ?? 0n };
}

async function nvmeHealth(device: string): Promise<Uint8Array> {
  const page = new Uint8Array(LOG_PAGE_BYTES);
  const command = new DataView(new ArrayBuffer(72)); // struct nvme_admin_cmd; zero is the driver's own time limit, too
  command.setUint8(0, GET_LOG_PAGE);
  command.setUint32(4, ALL_NAMESPACES, true);
  command.setBigUint64(24, native().address(page), true);
  command.setUint32(36, page.length, true);
  const words = page.length / 4 - 1; // one less than there are
  command.setUint32(40, (words << 16) | HEALTH, true);
  await withOpen(device, async (fd) => {
    const status = await offLoop(c().ioctl, "ioctl", fd, NVME_IOCTL_ADMIN_CMD, new Uint8Array(command.buffer));
    if (status > 0) throw osError({ code: "EIO" }, "ioctl"); // what the device itself answers when it refuses
  });
  return page;
}

async function withOpen(path: string, work: (fd: number) => Promise<unknown>): Promise<void> {
  const fd = await openOffLoop(path);
  try {
    await work(fd);
  } finally {
    close(fd);
  }
}
