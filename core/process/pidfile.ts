/** The file that says which process the agent is, and, by its lock, that there is one. */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, openSync, statSync, unlinkSync, writeSync } from "node:fs";
import { osError } from "../os/errno.ts";
import { ownProcess } from "../os/own-process.ts";
import { OsError } from "../os/ports.ts";

/** Holds the lock as long as it is not released: the descriptor stays open, since closing it gives up the lock. */
export class PidFile {
  readonly #path: string;
  readonly #fd: number;
  #held = true;

  private constructor(path: string, fd: number) {
    this.#path = path;
    this.#fd = fd;
  }

  /** @throws Error of one line. */
  static create(path: string): PidFile {
    for (;;) {
      const fd = openLocked(path);
      // Who held it before may have removed the file between our open and our lock; then this is no file that others find.
      if (fstatSync(fd).ino === statSync(path, { throwIfNoEntry: false })?.ino) {
        fchmodSync(fd, 0o600);
        ftruncateSync(fd, 0);
        writeSync(fd, `${process.pid}\n`);
        return new PidFile(path, fd);
      }
      closeSync(fd);
    }
  }

  /** Removes the file and gives up the lock. */
  release(): void {
    if (!this.#held) return;
    this.#held = false;
    try {
      unlinkSync(this.#path);
    } catch {
      // an admin was faster
    }
    closeSync(this.#fd);
  }
}

function openLocked(path: string): number {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);
  } catch (error) {
    throw new Error(`cannot open pid file '${path}': ${osError(error, "open").message}`);
  }
  try {
    ownProcess().lockForWriting(fd);
    return fd;
  } catch (error) {
    closeSync(fd);
    const held = error instanceof OsError && ownProcess().isLocked(error);
    throw new Error(`cannot lock pid file '${path}': ${held ? "another agent holds it" : error instanceof Error ? error.message : error}`);
  }
}
