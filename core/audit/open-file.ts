/** Opens the file that records go to, as nobody but root, or the user that the agent runs as, could have prepared it. */
import { closeSync, constants, fstatSync, mkdirSync, openSync, readSync, realpathSync, type Stats, statSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { osError } from "../os/errno.ts";
import { checkFolders, Untrusted } from "../trusted-file.ts";

export interface OpenedFile {
  readonly fd: number;
  readonly status: Stats;
}

const NEWLINE = 0x0a;
const FLAGS = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Its folder is made, with mode 0700, where only that is missing.
 * @throws Error that begins with a path and says what to do.
 */
export function openAuditFile(path: string): OpenedFile {
  const folder = trustedFolder(dirname(path));
  const file = join(folder, basename(path));
  let fd: number;
  try {
    fd = openSync(file, FLAGS, 0o600);
  } catch (error) {
    const { code, message } = osError(error, "open");
    throw new Error(
      code === "ELOOP" ? `${file}: this is a symbolic link: name the file itself` : `${file}: it can't be opened: ${message}`,
    );
  }
  try {
    const status = fstatSync(fd);
    if (!status.isFile()) throw new Untrusted(`${file}: this is no regular file: remove it, or name another`);
    checkFolders(file); // the file itself, too: nobody else can have put another one there meanwhile
    endLine(fd, status.size);
    return { fd, status };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Whether the path still leads to what was opened. */
export function isSameFile(opened: Stats, now: Stats | undefined): boolean {
  return now !== undefined && now.ino === opened.ino && now.dev === opened.dev;
}

function trustedFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false }) === undefined) {
    try {
      checkFolders(realpathSync(dirname(path)));
      mkdirSync(path, { mode: 0o700 });
    } catch (error) {
      if (error instanceof Untrusted) throw error;
      throw new Error(`${path}: this folder is missing and can't be made: ${osError(error, "mkdir").message}; make it`);
    }
  }
  const folder = realpathSync(path);
  checkFolders(folder);
  return folder;
}

/** An agent that was killed, or a disk that was full, may have left half a line. */
function endLine(fd: number, size: number): void {
  const last = new Uint8Array(1);
  if (size === 0 || (readSync(fd, last, 0, 1, size - 1) === 1 && last[0] === NEWLINE)) return;
  try {
    writeSync(fd, "\n");
  } catch {
    // The disk is full still: the first line then stands behind that half.
  }
}
