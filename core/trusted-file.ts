/**
 * Files that decide what runs as root: configuration, plugins, scripts. Only what nobody but root, or the user that the agent runs as, can
 * change is taken: the file, every folder and every link on its way. They are looked at from the root down, so that nobody else can swap
 * what comes next; and what is read is what was looked at. An access list that lets others write shows in the group's permission bits.
 */
import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, readSync, type Stats } from "node:fs";
import { ownProcess } from "./os/own-process.ts";

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
/** As the kernel's. */
const MAX_LINKS = 40;
/** A plugin with its packages in one file may be large; nothing here is larger. */
const MAX_BYTES = 64 * 1024 * 1024;
/** A file that is being saved just now is read again. */
const ATTEMPTS = 5;

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
 * @param path of a regular file; links are followed, and count as much as what they lead to.
 * @throws Untrusted if others could have changed it. @throws NodeJS.ErrnoException if it can't be opened or read.
 */
export function readTrusted(path: string): TrustedFile {
  const { trust } = ownProcess();
  if (trust) return trust.read(path);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const file = readOnce(path);
    if (file !== undefined) return file;
  }
  throw new Untrusted(`${path}: this changes while it is read: try again when it is saved`);
}

/** @param path of a folder, or a file. @throws Untrusted if others could change it, or what is in it, or where its path leads. */
export function checkFolders(path: string): void {
  const { trust } = ownProcess();
  if (trust) trust.checkFolders(path);
  else follow(path);
}

/** @throws Untrusted if others own this, or may write to it. */
export function checkStatus(path: string, status: Stats): void {
  const { uid, mode } = status;
  if (!isTrusted(uid)) throw new Untrusted(`${path}: this belongs to user ${uid}, who could change it: 'chown root ${path}'`);
  if ((mode & WRITABLE_BY_OTHERS) !== 0 && !isShared(status)) {
    throw new Untrusted(`${path}: others than its owner may write to it: 'chmod go-w ${path}'`);
  }
}

/** @returns undefined if it was changed or replaced meanwhile. */
function readOnce(path: string): TrustedFile | undefined {
  const { resolved, status } = follow(path);
  if (!status.isFile()) throw new Untrusted(`${path}: this is no regular file: put one there`);
  const fd = openSync(resolved, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY | constants.O_NOFOLLOW);
  try {
    const opened = fstatSync(fd);
    if (!isSame(status, opened)) return undefined;
    checkStatus(resolved, opened);
    const bytes = readWhole(fd, resolved);
    return isUnchanged(opened, fstatSync(fd)) ? { path: resolved, bytes, mode: opened.mode & 0o7777 } : undefined;
  } finally {
    closeSync(fd);
  }
}

interface Followed {
  readonly resolved: string;
  readonly status: Stats;
}

/** Every name on the way is checked before the next one is looked up in it. */
function follow(path: string): Followed {
  const way: Followed[] = [checked("/", lstatSync("/"))];
  const rest = names(path.startsWith("/") ? path : `${process.cwd()}/${path}`);
  let links = 0;
  for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
    if (name === "..") {
      if (way.length > 1) way.pop();
      continue;
    }
    const folder = way.at(-1) as Followed;
    const next = `${folder.resolved === "/" ? "" : folder.resolved}/${name}`;
    const status = lstatSync(next);
    checkMount(next, status, folder.status);
    if (!status.isSymbolicLink()) {
      way.push(checked(next, status));
      continue;
    }
    if (!isTrusted(status.uid)) {
      throw new Untrusted(`${next}: this link belongs to user ${status.uid}, who could change it: 'chown --no-dereference root ${next}'`);
    }
    if (++links > MAX_LINKS) throw new Untrusted(`${path}: its symbolic links lead in a circle: remove one`);
    const target = readlinkSync(next);
    if (target.startsWith("/")) way.length = 1;
    rest.push(...names(target));
  }
  return way.at(-1) as Followed;
}

function checked(resolved: string, status: Stats): Followed {
  checkStatus(resolved, status);
  return { resolved, status };
}

/** What users mount tells of its files whatever they like; and they can where they can make folders. */
function checkMount(path: string, status: Stats, folder: Stats): void {
  if (isShared(folder) && status.dev !== folder.dev) {
    throw new Untrusted(`${path}: this is mounted in a folder that others may write to: put the file elsewhere`);
  }
}

function isTrusted(uid: number): boolean {
  return uid === 0 || uid === process.geteuid?.();
}

/** A folder such as /tmp: others write to it, but nobody can replace what another owns. */
function isShared(status: Stats): boolean {
  return status.isDirectory() && (status.mode & STICKY) !== 0 && (status.mode & WRITABLE_BY_OTHERS) !== 0;
}

function isSame(some: Stats, other: Stats): boolean {
  return some.dev === other.dev && some.ino === other.ino;
}

function isUnchanged(before: Stats, after: Stats): boolean {
  return before.size === after.size && before.mtimeMs === after.mtimeMs && before.ctimeMs === after.ctimeMs;
}

/** The next one last. */
function names(path: string): string[] {
  return path
    .split("/")
    .filter((name) => name !== "" && name !== ".")
    .reverse();
}

function readWhole(fd: number, path: string): Buffer {
  const chunks: Buffer[] = [];
  let length = 0;
  for (let room = fstatSync(fd).size + 1; ; room = 64 * 1024) {
    if (length + room > MAX_BYTES + 1) throw new Untrusted(`${path}: this has more than ${MAX_BYTES / 1024 / 1024} MiB: make it smaller`);
    const chunk = Buffer.alloc(room);
    const count = readSync(fd, chunk, 0, room, null);
    if (count === 0) return Buffer.concat(chunks, length);
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
}
