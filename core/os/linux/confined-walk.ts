/**
 * A path followed as the kernel does it, but one name at a time and by descriptors: each name is looked up in a folder that is held open
 * (/proc/self/fd/N/name), and a symbolic link is read and not followed. So nothing that is swapped meanwhile changes where the walk has
 * arrived. Without openat2, which old kernels don't have. Text is one character a byte here: names need not be UTF-8.
 */
import fs from "node:fs";
import { OsError } from "../ports.ts";
import { osError } from "./errno.ts";
import { declared, type NativeFunction, offLoop } from "./library.ts";
import { closeOnce, repeated } from "./repeated.ts";

const { O_DIRECTORY, O_NOFOLLOW } = fs.constants;
const O_PATH = 0o10000000;

/** As the kernel's. */
const MAX_LINKS = 40;
const MAX_PATH_BYTES = 4096;

const STICKY_FOR_ALL = 0o1002;

interface Declared {
  readlinkat: NativeFunction<[folder: number, path: string, into: Uint8Array, size: number], number>;
}

const c = declared<Declared>((library) => ({
  readlinkat: library.func("int64_t readlinkat(int, const char *, void *, size_t)"),
}));

/** Descriptors of one piece of work: what is still open at its end is closed. */
export class Descriptors {
  readonly #open = new Set<number>();

  async open(path: string, flags: number, mode = 0): Promise<number> {
    const fd = await repeated<number>("open", (done) => fs.open(bytes(path), flags, mode, done));
    this.#open.add(fd);
    return fd;
  }

  /** @returns the same descriptor, which is the caller's to close from now on. */
  release(fd: number): number {
    this.#open.delete(fd);
    return fd;
  }

  async close(fd: number): Promise<void> {
    if (this.#open.delete(fd)) await closeOnce((done) => fs.close(fd, done));
  }

  async closeAll(): Promise<void> {
    await Promise.all(Array.from(this.#open, (fd) => this.close(fd)));
  }
}

export interface WalkOptions {
  /** What stands for the last name if it is a link: it is followed, or the error with which the walk then ends. */
  readonly lastLink?: "EEXIST" | "ELOOP";
  /** A file is to be made: a path that says of it that it is a folder is refused. */
  readonly makes?: boolean;
  /** Only links of root's and of the agent's own user are followed; at another the walk ends with EPERM. */
  readonly trustedLinks?: boolean;
}

/** Where a walk has arrived. */
export interface Arrival {
  /** The folder that has the last name; what was found itself, if the path ends in "/", "." or "..". */
  readonly folder: number;
  /** What was found; undefined if there is nothing of the first name in `missing`. */
  readonly found: number | undefined;
  /** Names that are not there, in their order. */
  readonly missing: readonly string[];
}

/** The end of a walk that got nowhere. */
export class Astray extends Error {
  /** The last folder that it was in. */
  readonly folder: number;
  /** What it looked for there; "" for the folder itself. */
  readonly sought: string;
  readonly reason: OsError;

  constructor(folder: number, sought: string, reason: OsError) {
    super(reason.message);
    this.folder = folder;
    this.sought = sought;
    this.reason = reason;
  }
}

interface Found {
  readonly fd: number;
  readonly kind: "folder" | "link" | "other";
}

/**
 * @param path whose characters are bytes.
 * @throws OsError for what is no path at all. @throws Astray for what leads nowhere. What is missing is no error.
 */
export async function walk(descriptors: Descriptors, path: string, options: WalkOptions = {}): Promise<Arrival> {
  if (path === "") throw failure("ENOENT");
  if (path.includes("\0")) throw failure("EINVAL");
  if (path.length >= MAX_PATH_BYTES) throw failure("ENAMETOOLONG");
  const start = await descriptors.open(path.startsWith("/") ? "/" : ".", O_PATH | O_DIRECTORY);
  return new Walk(descriptors, start, path, options).go();
}

class Walk {
  readonly #descriptors: Descriptors;
  readonly #options: WalkOptions;
  #folder: number;
  #sought = "";
  /** Names to come, the next one last; the very last may end in a slash. */
  readonly #rest: string[];
  #links = 0;

  constructor(descriptors: Descriptors, folder: number, path: string, options: WalkOptions) {
    this.#descriptors = descriptors;
    this.#folder = folder;
    this.#rest = names(path);
    this.#options = options;
  }

  async go(): Promise<Arrival> {
    try {
      return await this.#steps();
    } catch (error) {
      if (error instanceof OsError) throw new Astray(this.#folder, isDots(this.#sought) ? "" : this.#sought, error);
      throw error;
    }
  }

  async #steps(): Promise<Arrival> {
    for (;;) {
      const next = this.#rest.pop();
      if (next === undefined) return { folder: this.#folder, found: this.#folder, missing: [] };
      const slash = next.endsWith("/");
      const name = withoutSlash(next);
      const last = this.#rest.length === 0;
      this.#sought = name;
      if (this.#options.makes && slash && last && !isDots(name)) throw failure("EISDIR");
      const found = await this.#lookUp(name, slash || !last);
      if (found === undefined) {
        return { folder: this.#folder, found: undefined, missing: [name, ...this.#rest.toReversed().map(withoutSlash)] };
      }
      if (found.kind === "link") await this.#follow(found.fd, slash);
      else if (last && !slash && !isDots(name)) return { folder: this.#folder, found: found.fd, missing: [] };
      else await this.#enter(found.fd);
    }
  }

  /**
   * @param folder whether only a folder, or a link to one, will do.
   * @returns undefined if there is nothing of this name.
   */
  async #lookUp(name: string, folder: boolean): Promise<Found | undefined> {
    const path = `/proc/self/fd/${this.#folder}/${name}`;
    // Asked for as a folder, so that what is mounted on demand is mounted.
    if (isDots(name)) return { fd: await this.#open(path, O_DIRECTORY), kind: "folder" };
    try {
      if (folder) return { fd: await this.#open(path, O_DIRECTORY), kind: "folder" };
    } catch (error) {
      if (!hasCode(error, "ENOTDIR", "ELOOP", "ENOENT")) throw error;
    }
    try {
      const fd = await this.#open(path, 0);
      const status = await statusOf(fd);
      const kind = status.isSymbolicLink() ? "link" : status.isDirectory() ? "folder" : "other";
      if (folder && kind === "other") throw failure("ENOTDIR");
      return { fd, kind };
    } catch (error) {
      if (hasCode(error, "ENOENT")) return undefined;
      throw error;
    }
  }

  #open(path: string, flags: number): Promise<number> {
    return this.#descriptors.open(path, flags | O_PATH | O_NOFOLLOW);
  }

  async #enter(folder: number): Promise<void> {
    const left = this.#folder;
    this.#folder = folder;
    this.#sought = "";
    await this.#descriptors.close(left);
  }

  /** @param slash whether what it leads to has to be a folder. */
  async #follow(link: number, slash: boolean): Promise<void> {
    const { lastLink, trustedLinks } = this.#options;
    const last = this.#rest.length === 0;
    if (last && !slash && lastLink !== undefined) throw failure(lastLink);
    if (++this.#links > MAX_LINKS) throw failure("ELOOP");
    const { uid } = await statusOf(link);
    const self = BigInt(process.geteuid?.() ?? 0);
    if (trustedLinks && uid !== 0n && uid !== self) throw failure("EPERM");
    if (last && uid !== self) await this.#refusePlanted(uid);
    const target = await readLink(link);
    await this.#descriptors.close(link);
    if (target === "") throw failure("ENOENT");
    this.#rest.push(...names(slash ? `${target}/` : target));
    if (target.startsWith("/")) await this.#enter(await this.#descriptors.open("/", O_PATH | O_DIRECTORY));
  }

  /** As the kernel does by fs.protected_symlinks: in a folder such as /tmp only links of one's own and of the folder's owner are followed. */
  async #refusePlanted(owner: bigint): Promise<void> {
    const { mode, uid } = await statusOf(this.#folder);
    if ((Number(mode) & STICKY_FOR_ALL) === STICKY_FOR_ALL && uid !== owner) throw failure("EACCES");
  }
}

/** @returns the next one last; the last of the path with a slash if the path has one there. */
function names(path: string): string[] {
  const parts = path.split("/").filter((part) => part !== "");
  const last = parts.pop();
  if (last === undefined) return [];
  parts.push(path.endsWith("/") ? `${last}/` : last);
  return parts.reverse();
}

/** A name, or a path that isn't the root. */
export function withoutSlash(name: string): string {
  return name.length > 1 && name.endsWith("/") ? name.slice(0, -1) : name;
}

function isDots(name: string): boolean {
  return name === "." || name === "..";
}

export function statusOf(fd: number): Promise<fs.BigIntStats> {
  return repeated("fstat", (done) => fs.fstat(fd, { bigint: true }, done));
}

/**
 * Where something lies now, by the names that the kernel knows it by.
 * @returns undefined if it was removed, or is in no place that a path leads to, such as a file system that was unmounted meanwhile.
 */
export async function placeOf(fd: number): Promise<string | undefined> {
  const target = await repeated<Buffer>("readlink", (done) => fs.readlink(`/proc/self/fd/${fd}`, { encoding: "buffer" }, done));
  const path = Buffer.from(target).toString("latin1"); // Deno's is a plain Uint8Array
  // Somebody may also have named it so: that is no great loss.
  if (!path.startsWith("/") || path.endsWith(" (deleted)")) return undefined;
  try {
    const [held, there] = await Promise.all([
      statusOf(fd),
      repeated<fs.BigIntStats>("stat", (done) => fs.stat(bytes(path), { bigint: true }, done)),
    ]);
    return held.dev === there.dev && held.ino === there.ino ? path : undefined;
  } catch (error) {
    if (hasCode(error, "ENOENT", "ENOTDIR", "ELOOP", "EACCES")) return undefined;
    throw error;
  }
}

/** The text of the link that is held open: not of what has taken its place. */
async function readLink(link: number): Promise<string> {
  const into = Buffer.alloc(MAX_PATH_BYTES);
  const length = await offLoop(c().readlinkat, "readlink", link, "", into, into.length);
  return into.toString("latin1", 0, length);
}

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof OsError && codes.includes(error.code);
}

export function failure(code: string): OsError {
  return osError({ code }, "open");
}

/** Of text whose characters are bytes. */
export function bytes(path: string): Buffer {
  return Buffer.from(path, "latin1");
}
