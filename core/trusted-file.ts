/**
 * Files that decide what runs as root: configuration, plugins, scripts. Only what nobody but root, or the user that the agent runs as, can
 * change is taken: the file and every folder on its way. What is checked is what was opened, not what a path may lead to a moment later.
 */
import { closeSync, constants, fstatSync, openSync, readlinkSync, readSync, type Stats, statSync } from "node:fs";
import { dirname } from "node:path";

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
/** A plugin with its packages in one file may be large; nothing here is larger. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Why a file is not taken. Its message begins with the path and says what to do. */
export class Untrusted extends Error {
  override readonly name = "Untrusted";
}

export interface TrustedFile {
  /** Without any symbolic link. */
  readonly path: string;
  readonly bytes: Buffer;
  /** Permission bits. */
  readonly mode: number;
}

/**
 * @param path of a regular file; links are followed, and what they lead to is what counts.
 * @throws Untrusted if others could have changed it. @throws NodeJS.ErrnoException if it can't be opened or read.
 */
export function readTrusted(path: string): TrustedFile {
  // A FIFO without a writer must not hold up the agent.
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Untrusted(`${path}: this is no regular file: put one there`);
    const resolved = readlinkSync(`/proc/self/fd/${fd}`);
    checkStatus(resolved, status);
    checkFolders(dirname(resolved));
    if (status.size > MAX_BYTES) throw new Untrusted(`${resolved}: this has more than ${MAX_BYTES / 1024 / 1024} MiB: make it smaller`);
    return { path: resolved, bytes: readWhole(fd, status.size), mode: status.mode & 0o7777 };
  } finally {
    closeSync(fd);
  }
}

/** @param path of a folder without symbolic links. @throws Untrusted if others could change what is in it. */
export function checkFolders(path: string): void {
  for (let folder = path; ; folder = dirname(folder)) {
    checkStatus(folder, statSync(folder));
    if (folder === dirname(folder)) return;
  }
}

function checkStatus(path: string, status: Stats): void {
  const { uid, mode } = status;
  const self = process.geteuid?.() ?? 0;
  if (uid !== 0 && uid !== self) {
    throw new Untrusted(`${path}: this belongs to user ${uid}, who could change it: 'chown root ${path}'`);
  }
  // In a folder such as /tmp nobody can replace what another owns.
  const sticky = (mode & STICKY) !== 0 && status.isDirectory();
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && !sticky) {
    throw new Untrusted(`${path}: others than its owner may write to it: 'chmod go-w ${path}'`);
  }
}

function readWhole(fd: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  let length = 0;
  while (length < size) {
    const count = readSync(fd, bytes, length, size - length, null);
    if (count === 0) break;
    length += count;
  }
  return bytes.subarray(0, length);
}
