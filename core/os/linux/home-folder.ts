/**
 * One file in one folder of a home directory, as the user who runs this. Each step begins at a descriptor of the one before
 * (/proc/self/fd/N/name), and none follows a symbolic link: however fast a user swaps directories, nothing is touched but what was opened.
 * The calls wait where they are, since nothing else runs in this process.
 */
import { closeSync, constants, fstatSync, fsyncSync, mkdirSync, openSync, readSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { MAX_HOME_FILE_BYTES } from "../accounts.ts";
import { type Call, HomeFailure, type Reason } from "./home-request.ts";

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_NOCTTY, O_DIRECTORY } = constants;

/** A FIFO without a writer doesn't hold it up, and a terminal doesn't become ours. */
const LOOK = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY;

const FILE_MODE = 0o600;
const FOLDER_MODE = 0o700;

/**
 * @param home a path whose own components may be links.
 * @returns undefined if the file, the folder or the home directory isn't there.
 * @throws HomeFailure
 */
export function readHomeFile(home: string, folder: string, name: string): Uint8Array | undefined {
  try {
    return inFolder(home, folder, "open", (directory) => withFile(inside(directory, name), LOOK, "open", readWhole, "file is a link"));
  } catch (error) {
    if (error instanceof HomeFailure && error.code === "ENOENT" && error.call === "open") return undefined;
    throw error;
  }
}

/**
 * Makes the folder if it is missing, writes a new file beside the old one and puts it in its place.
 * @throws HomeFailure; the old file is then as it was.
 */
export function replaceHomeFile(home: string, folder: string, name: string, content: Uint8Array): void {
  if (content.length > MAX_HOME_FILE_BYTES) throw new HomeFailure("EFBIG", "write");
  inFolder(home, folder, "mkdir", (directory) => {
    // Loaded only here: with it the agent itself would start 4 ms later.
    const { randomBytes } = process.getBuiltinModule("node:crypto");
    const beside = inside(directory, `.${name}.${randomBytes(12).toString("hex")}`);
    try {
      // Not O_NOFOLLOW alone: O_EXCL makes the file or fails, whatever lies there.
      withFile(beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, "write", (fd) => writeWhole(fd, content));
      attempt("rename", () => renameSync(beside, inside(directory, name)));
    } catch (error) {
      removeIfThere(beside);
      throw error;
    }
    synchronize(directory);
  });
}

/** @param purpose "mkdir" makes the folder if it is missing. */
function inFolder<T>(home: string, folder: string, purpose: "open" | "mkdir", work: (directory: number) => T): T {
  if (!home.startsWith("/")) throw new HomeFailure("no home", purpose);
  return withFile(home, O_RDONLY | O_DIRECTORY, purpose, (homeDirectory) => {
    const path = inside(homeDirectory, folder);
    if (purpose === "mkdir" && makeFolder(path)) synchronize(homeDirectory);
    const opened = (directory: number) => {
      // What stands in the folder's place is in its way; for who only reads, there is no such file.
      if (!fstatSync(directory).isDirectory()) throw new HomeFailure(purpose === "mkdir" ? "EEXIST" : "ENOTDIR", purpose);
      return work(directory);
    };
    return withFile(path, LOOK, "open", opened, "folder is a link");
  });
}

/** @returns whether it was missing. */
function makeFolder(path: string): boolean {
  try {
    attempt("mkdir", () => mkdirSync(path, FOLDER_MODE));
    return true;
  } catch (error) {
    if (error instanceof HomeFailure && error.code === "EEXIST") return false;
    throw error;
  }
}

/** @param link what ELOOP means, where no link is followed. */
function withFile<T>(path: string, flags: number, call: Call, work: (fd: number) => T, link?: Reason): T {
  const fd = attempt(call, () => openSync(path, flags, FILE_MODE), link);
  try {
    return work(fd);
  } finally {
    closeSync(fd);
  }
}

function readWhole(fd: number): Uint8Array {
  const status = fstatSync(fd);
  if (status.isDirectory()) throw new HomeFailure("EISDIR", "read");
  if (!status.isFile()) throw new HomeFailure("no regular file", "read");
  if (status.size > MAX_HOME_FILE_BYTES) throw new HomeFailure("EFBIG", "read");
  // It may grow meanwhile: the byte beyond the limit tells.
  const bytes = new Uint8Array(MAX_HOME_FILE_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = attempt("read", () => readSync(fd, bytes, length, bytes.length - length, null));
    if (count === 0) return bytes.subarray(0, length);
    length += count;
    if (length > MAX_HOME_FILE_BYTES) throw new HomeFailure("EFBIG", "read");
  }
}

function writeWhole(fd: number, content: Uint8Array): void {
  attempt("write", () => {
    for (let at = 0; at < content.length; ) at += writeSync(fd, content, at);
    fsyncSync(fd);
  });
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // it was not made, or it is in its place
  }
}

/** Makes what was named in a directory last. Some file systems can't say so for a directory, and have then done what they do. */
function synchronize(directory: number): void {
  try {
    fsyncSync(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EINVAL") throw failureOf(error, "write");
  }
}

/** A name in an open directory. */
function inside(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

function attempt<T>(call: Call, step: () => T, link?: Reason): T {
  try {
    return step();
  } catch (error) {
    const failure = failureOf(error, call);
    throw link !== undefined && failure.code === "ELOOP" ? new HomeFailure(link, call) : failure;
  }
}

function failureOf(error: unknown, call: Call): HomeFailure {
  const { code } = error as NodeJS.ErrnoException;
  return new HomeFailure(code?.startsWith("E") ? (code as `E${string}`) : "EINVAL", call);
}
