/**
 * Loads a native module that is packed into the executable. The dynamic loader wants a file, so the module is written to one in
 * memory (a tmpfs) that has no name or loses it at once: nothing is left behind, and no disk is touched.
 */
import { join } from "node:path";
import { loadBesideProgram } from "./windows/addon.ts";

/** Where a tmpfs usually is, the best first. /tmp comes late: it is a disk as often as not. */
const PLACES = ["/dev/shm", "/run", "/run/lock", "/tmp", "/var/tmp"];
const TMPFS = new Set([0x01021994, 0x858458f6]); // TMPFS_MAGIC, RAMFS_MAGIC
const O_TMPFILE = 0o20200000; // O_DIRECTORY is part of it; node:fs has no name for it

type Loaded = { exports: unknown };

/** @throws Error that names each place and what was wrong there. */
export function loadEmbedded(bytes: ArrayBuffer, name: string): Loaded {
  if (process.platform === "win32") return loadBesideProgram(new Uint8Array(bytes), name);
  const { statfsSync } = process.getBuiltinModule("node:fs");
  const code = new Uint8Array(bytes);
  const refused: string[] = [];
  const onDisk: string[] = [];
  const attempt = (place: string): Loaded | undefined => {
    for (const way of [throughNamelessFile, throughPrivateDirectory]) {
      try {
        return way(place, code, name);
      } catch (error) {
        refused.push(`${place}: ${error instanceof Error ? error.message : error}`);
      }
    }
    return undefined;
  };
  for (const place of PLACES) {
    try {
      if (!TMPFS.has(statfsSync(place).type)) {
        onDisk.push(place);
        continue;
      }
    } catch {
      continue; // not there
    }
    const loaded = attempt(place);
    if (loaded !== undefined) return loaded;
  }
  // A disk is the last resort. Writing to one that is frozen would wait for ever, so only while that can't be.
  if (!mayBeFrozen()) {
    for (const place of onDisk) {
      const loaded = attempt(place);
      if (loaded !== undefined) return loaded;
    }
  }
  throw new Error(`native calls are not available: no place to load ${name} from (${refused.join("; ") || "no tmpfs is mounted"})`);
}

let mayBeFrozen: () => boolean = () => false;

/** Tells what asks whether file systems are frozen; until then they are taken not to be. */
export function whenFrozen(ask: () => boolean): void {
  mayBeFrozen = ask;
}

let loads = 0;

function throughNamelessFile(place: string, code: Uint8Array, name: string): Loaded {
  const { openSync, closeSync, constants } = process.getBuiltinModule("node:fs");
  const fd = openSync(place, constants.O_RDWR | O_TMPFILE, 0o700);
  try {
    writeAll(fd, code);
    // The loader knows what it has by path, and would hand out an earlier module that had this descriptor's number.
    loads += 1;
    return dlopen(`/proc/self/fd/${"./".repeat(loads)}${fd}`, name);
  } finally {
    closeSync(fd); // the loader has mapped it
  }
}

function throughPrivateDirectory(place: string, code: Uint8Array, name: string): Loaded {
  const { mkdtempSync, openSync, closeSync, rmSync } = process.getBuiltinModule("node:fs");
  const directory = mkdtempSync(join(place, ".lodger-")); // 0700
  try {
    const file = join(directory, name);
    const fd = openSync(file, "wx", 0o700);
    try {
      writeAll(fd, code);
    } finally {
      closeSync(fd);
    }
    return dlopen(file, name);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function writeAll(fd: number, code: Uint8Array): void {
  const { writeSync } = process.getBuiltinModule("node:fs");
  for (let at = 0; at < code.length; ) at += writeSync(fd, code, at);
}

function dlopen(path: string, name: string): Loaded {
  const module: Loaded = { exports: {} };
  try {
    process.dlopen(module, path);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    throw new Error(text.includes("failed to map segment") ? "the mount is noexec" : `${name}: ${text}`);
  }
  return module;
}
