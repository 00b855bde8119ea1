/** Files on Windows. Node's descriptors have a position that only reads and writes move, so the agent keeps its own. */
import fs from "node:fs";
import { dirname } from "node:path/win32";
import { called, NodeFiles } from "../node/files.ts";
import { OsError, type Whence } from "../ports.ts";
import { windowsError } from "./errors.ts";

const PATH_NOT_FOUND = 3;
const NEGATIVE_SEEK = 131;
const INVALID_FUNCTION = 1;

/** An opened file. What has no size (a device, a pipe) has no position. */
interface Position {
  at: number;
  readonly appends: boolean;
}

export class WindowsFiles extends NodeFiles {
  readonly #positions = new Map<number, Position>();

  async open(path: string, flags: number, mode = 0o666): Promise<number> {
    const fd = await called<number>("open", (done) => fs.open(path, flags, mode, done)).catch((error: OsError) => {
      throw error.code === "ENOENT" && !fs.existsSync(dirname(path)) ? windowsError(PATH_NOT_FOUND, "open") : error;
    });
    try {
      const status = await called<fs.Stats>("open", (done) => fs.fstat(fd, done));
      if (status.isDirectory()) throw windowsError({ code: "EISDIR" }, "open");
      if (status.isFile()) this.#positions.set(fd, { at: 0, appends: (flags & fs.constants.O_APPEND) !== 0 });
      return fd;
    } catch (error) {
      fs.close(fd, () => undefined);
      throw error;
    }
  }

  /** Rules on paths are refused when they are read; this is for what would come here all the same. */
  async openConfined(): Promise<number> {
    throw new OsError("EPERM", 5, "rules on paths can't be held to on Windows", "open");
  }

  override async close(fd: number): Promise<void> {
    this.#positions.delete(fd);
    return super.close(fd);
  }

  override async read(fd: number, into: Uint8Array, offset: number, length: number): Promise<number> {
    const position = this.#positions.get(fd);
    const count = await called<number>("read", (done) => fs.read(fd, into, offset, length, position?.at ?? null, done));
    if (position) position.at += count;
    return count;
  }

  override async write(fd: number, from: Uint8Array, offset: number, length: number): Promise<number> {
    const position = this.#positions.get(fd);
    const place = position === undefined || position.appends ? null : position.at;
    const count = await called<number>("write", (done) => fs.write(fd, from, offset, length, place, done));
    if (position) position.at = position.appends ? await this.size(fd) : position.at + count;
    return count;
  }

  async seek(fd: number, offset: number | bigint, whence: Whence): Promise<number | bigint> {
    const position = this.#positions.get(fd);
    if (position === undefined) throw windowsError(INVALID_FUNCTION, "seek");
    const from = whence === "set" ? 0 : whence === "cur" ? position.at : await this.size(fd);
    const at = Number(offset) + from;
    if (at < 0)
      throw new OsError("EINVAL", NEGATIVE_SEEK, "An attempt was made to move the file pointer before the beginning of the file.", "seek");
    if (!Number.isSafeInteger(at)) throw windowsError({ code: "EINVAL" }, "seek");
    position.at = at;
    return at;
  }

  /** What Windows lets whom do comes from the folder. */
  async setMode(): Promise<void> {}
}
