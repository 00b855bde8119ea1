/**
 * The file system that is installed into: this system's, or an image that is mounted in a folder. A link in an image leads to where it will
 * lead when the image runs, never out of it. No folder and no link on the way may be somebody else's.
 */
import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  copyFileSync,
  fchmodSync,
  fchownSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  type Stats,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { checkStatus, Untrusted } from "../trusted-file.ts";

/** As the kernel's. */
const MAX_LINKS = 40;
const FOLDER_MODE = 0o755;

export class Rooted {
  readonly folder: string;

  /** @param folder an absolute path; `/` is this system. */
  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * @param path absolute, in the system that is installed into.
   * @returns where it is on this one; its last name is not followed if it is a link.
   * @throws Untrusted if others than root could change the way to it.
   */
  locate(path: string): string {
    const way: string[] = [];
    const rest = names(path).reverse();
    let links = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === "..") {
        way.pop();
        continue;
      }
      const next = join(this.folder, ...way, name);
      if (rest.length === 0) return next;
      const status = statusOf(next);
      if (status === undefined) return join(next, ...rest.reverse());
      if (!status.isSymbolicLink()) {
        checkStatus(next, status);
        if (!status.isDirectory()) throw new Untrusted(`${next}: this is no folder: move it away`);
        way.push(name);
        continue;
      }
      if (status.uid !== 0 && status.uid !== process.geteuid?.()) {
        throw new Untrusted(`${next}: this link belongs to user ${status.uid}, who could change it: 'chown --no-dereference root ${next}'`);
      }
      if (++links > MAX_LINKS) throw new Untrusted(`${path}: its symbolic links lead in a circle: remove one`);
      const target = readlinkSync(next);
      if (target.startsWith("/")) way.length = 0;
      rest.push(...names(target).reverse());
    }
    return join(this.folder, ...way);
  }

  /** @returns undefined where nothing is. */
  status(path: string): Stats | undefined {
    return statusOf(this.locate(path));
  }

  /** Whether a folder is there, or a link to one. @throws Untrusted */
  hasFolder(path: string): boolean {
    return statusOf(dirname(this.locate(`${path}/name`)))?.isDirectory() === true;
  }

  exists(path: string): boolean {
    return this.status(path) !== undefined;
  }

  read(path: string): Buffer {
    const file = this.locate(path);
    const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      return readFileSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  readLink(path: string): string {
    return readlinkSync(this.locate(path));
  }

  /** Whole and with its final mode as soon as it has its name. */
  write(path: string, content: string | { readonly copyOf: string }, mode: number): void {
    const file = this.locate(path);
    const beside = join(dirname(file), `.${basename(file)}.new`);
    rmSync(beside, { force: true });
    try {
      if (typeof content === "string") writeFileSync(beside, content, { flag: "wx", mode: 0o600 });
      else copyFileSync(content.copyOf, beside, constants.COPYFILE_EXCL);
      const fd = openSync(beside, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        fchownSync(fd, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
        fchmodSync(fd, mode);
        fsyncSync(fd);
      } finally {
        closeSync(fd);
      }
      renameSync(beside, file);
    } finally {
      rmSync(beside, { force: true });
    }
  }

  /** In the place of what is there. */
  link(path: string, target: string): void {
    const file = this.locate(path);
    const beside = join(dirname(file), `.${basename(file)}.new`);
    rmSync(beside, { force: true });
    symlinkSync(target, beside);
    renameSync(beside, file);
  }

  /** @returns the folders that were missing and have been made, the outermost first. */
  makeFolder(path: string, mode = FOLDER_MODE): readonly string[] {
    const parent = dirname(path);
    const made = parent === "/" || this.exists(parent) ? [] : [...this.makeFolder(parent)];
    if (this.exists(path)) return made;
    const folder = this.locate(path);
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, process.geteuid?.() ?? 0, process.getegid?.() ?? 0);
    chmodSync(folder, mode);
    return [...made, path];
  }

  remove(path: string): void {
    rmSync(this.locate(path), { force: true });
  }

  /** @returns whether it was empty, and is gone. */
  removeFolder(path: string): boolean {
    try {
      rmdirSync(this.locate(path));
      return true;
    } catch {
      return !this.exists(path);
    }
  }
}

function statusOf(path: string): Stats | undefined {
  return lstatSync(path, { throwIfNoEntry: false });
}

function names(path: string): string[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}
