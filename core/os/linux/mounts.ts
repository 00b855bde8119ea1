/** Mounted file systems, read from /proc. */
import { type BigIntStats, readFileSync, statSync } from "node:fs";
import type { Mount, Mounts } from "../ports.ts";
import { osError } from "./errno.ts";

/** What a mount's source is, as far as it says which device is mounted. */
export interface Source {
  readonly kind: "block" | "directory" | "other";
  /** Number of the block device itself, or of the device that holds the directory or file. */
  readonly major: number;
  readonly minor: number;
}

/**
 * What the list is made from. It is read at once and not by the thread pool: /proc and /dev wait for no disk, but after a freeze each
 * thread of the pool may wait for a frozen file system, and the thaw that would end this needs the list.
 */
export interface MountSystem {
  /** @throws OsError. */
  readText(path: string): string;
  /** @returns undefined for what isn't there. */
  inspect(path: string): Source | undefined;
}

const MOUNTINFO = "/proc/self/mountinfo";
const MOUNTS = "/proc/self/mounts";

export class LinuxMounts implements Mounts {
  readonly #system: MountSystem;

  constructor(system: MountSystem = { readText, inspect }) {
    this.#system = system;
  }

  async list(): Promise<readonly Mount[]> {
    let text: string;
    try {
      text = this.#system.readText(MOUNTINFO);
    } catch {
      return fromMounts(this.#system.readText(MOUNTS), this.#system.inspect); // a kernel or container without mountinfo
    }
    return parseMountInfo(text).map((mount) => this.#withDevice(mount));
  }

  /** btrfs has an anonymous number for each subvolume; its source tells which of them are one file system. */
  #withDevice(mount: Mount): Mount {
    if (mount.major !== 0 || mount.type !== "btrfs") return mount;
    const source = this.#system.inspect(mount.source);
    return source?.kind === "block" ? { ...mount, major: source.major, minor: source.minor } : mount;
  }
}

/** A comma in the name is octal; below that, the name has overlay's own backslashes before commas, colons and backslashes. */
const UPPER_DIRECTORY = /(?:^|,)upperdir=([^,]+)/;

/**
 * @param text of /proc/self/mountinfo, as proc(5) has it: "36 35 98:0 /root /mnt rw,noatime shared:1 master:2 - ext4 /dev/sda1 rw",
 * where none or several optional fields stand before the hyphen. Lines of another form are left out.
 */
export function parseMountInfo(text: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of text.split("\n")) {
    const fields = line.split(" ");
    const hyphen = fields.indexOf("-", 6);
    if (hyphen < 0) continue;
    const [id = "", parent = "", device = "", root = "", mountPoint = ""] = fields;
    const [type = "", source = "", options = ""] = fields.slice(hyphen + 1);
    const upper = type === "overlay" ? UPPER_DIRECTORY.exec(options)?.[1] : undefined;
    const [major = "", minor = ""] = device.split(":");
    if (![id, parent, major, minor].every(isNumber) || mountPoint === "") continue;
    mounts.push({
      id: Number(id),
      parent: Number(parent),
      major: Number(major),
      minor: Number(minor),
      root: unescaped(root),
      mountPoint: unescaped(mountPoint),
      type: unescaped(type),
      source: unescaped(source),
      ...(upper === undefined ? {} : { upperDirectory: unescaped(upper).replace(/\\(.)/gs, "$1") }),
    });
  }
  return mounts;
}

/** Network file systems whose sources look like paths ("//server/share"). */
const REMOTE_TYPES = new Set(["smbfs", "cifs"]);

/**
 * The list from /proc/self/mounts ("/dev/sda1 /mnt ext4 rw 0 0"), which has no device numbers: only what has a path as its source can
 * be on a disk, and a directory there means a bind mount of what is listed already.
 */
export function fromMounts(text: string, inspect: MountSystem["inspect"]): Mount[] {
  const mounts: Mount[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const [source, mountPoint, type] = line.split(" ").map(unescaped);
    if (source === undefined || mountPoint === undefined || type === undefined) continue;
    if (!source.startsWith("/") || REMOTE_TYPES.has(type)) continue;
    const found = inspect(source);
    if (found?.kind === "directory") continue;
    // "/dev/root" and the like name no device; the mount point's own files then say where they are.
    const device = found?.kind === "block" ? found : inspect(mountPoint);
    if (device === undefined) continue;
    mounts.push({ id: index + 1, parent: 0, major: device.major, minor: device.minor, root: "/", mountPoint, type, source });
  }
  return mounts;
}

/** Of 32 bits, as the kernel has them: a longer one is none of its. */
function isNumber(text: string): boolean {
  return /^\d{1,10}$/.test(text);
}

/** The kernel writes space, tab, line end, backslash and "#" as a backslash and three octal digits. */
function unescaped(field: string): string {
  return field.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw osError(error, "open");
  }
}

function inspect(path: string): Source | undefined {
  let found: BigIntStats;
  try {
    found = statSync(path, { bigint: true });
  } catch {
    return undefined;
  }
  const kind = found.isBlockDevice() ? "block" : found.isDirectory() ? "directory" : "other";
  return { kind, ...deviceNumbers(kind === "block" ? found.rdev : found.dev) };
}

/** Splits a dev_t as the C library packs it: 12 bits of the major number in the middle of the minor's 32. */
export function deviceNumbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}
