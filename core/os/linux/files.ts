/** Files on Linux, by Node's callbacks: its promises cost more than the small reads and writes that they would stand for. */
import fs from "node:fs";
import type { Confinement, FileStatus, Files, Whence } from "../ports.ts";
import { openConfined, resolvePath } from "./confined.ts";
import { osError } from "./errno.ts";
import { readCached, SEEK_CUR, SEEK_END, SEEK_SET, seek, seekOffLoop } from "./libc.ts";
import { closeOnce, repeated } from "./repeated.ts";

/** Reads up to here are tried on the loop first: copying this much from the page cache takes as long as asking a thread to do it. */
const CACHED_BYTES = 1024 * 1024;

export class LinuxFiles implements Files {
  open(path: string, flags: number, mode = 0o666): Promise<number> {
    return repeated("open", (done) => fs.open(path, flags, mode, done));
  }

  openConfined(path: string, flags: number, mode: number, confinement: Confinement): Promise<number> {
    return openConfined(path, flags, mode, confinement);
  }

  close(fd: number): Promise<void> {
    return closeOnce((done) => fs.close(fd, done));
  }

  read(fd: number, into: Uint8Array, offset: number, length: number): Promise<number> {
    if (length <= CACHED_BYTES) {
      const count = readCached(fd, into.subarray(offset, offset + length));
      if (count !== undefined) return Promise.resolve(count);
    }
    return repeated("read", (done) => fs.read(fd, into, offset, length, null, done));
  }

  write(fd: number, from: Uint8Array, offset: number, length: number): Promise<number> {
    return repeated("write", (done) => fs.write(fd, from, offset, length, null, done));
  }

  async seek(fd: number, offset: number | bigint, whence: Whence): Promise<number | bigint> {
    if (whence === "end") return seekOffLoop(fd, offset, SEEK_END);
    return seek(fd, offset, whence === "set" ? SEEK_SET : SEEK_CUR);
  }

  setMode(fd: number, mode: number): Promise<void> {
    return repeated("fchmod", (done) => fs.fchmod(fd, mode, (error) => done(error, undefined)));
  }

  async size(fd: number): Promise<number> {
    const { size } = await repeated<fs.Stats>("fstat", (done) => fs.fstat(fd, done));
    return size;
  }

  readText(path: string): Promise<string> {
    return repeated("open", (done) => fs.readFile(path, "utf8", done));
  }

  exists(path: string): boolean {
    return fs.existsSync(path);
  }

  async status(path: string): Promise<FileStatus> {
    const found = await repeated<fs.Stats>("stat", (done) => fs.stat(path, done));
    const kind = found.isFile() ? "file" : found.isDirectory() ? "folder" : "other";
    return { kind, uid: found.uid, mode: found.mode & 0o7777 };
  }

  /** Not by Node's readdir, which sorts. */
  async list(path: string): Promise<string[]> {
    const names: string[] = [];
    try {
      const folder = await repeated<fs.Dir>("opendir", (done) => fs.opendir(path, done));
      for await (const { name } of folder) names.push(name);
    } catch (error) {
      throw osError(error, "opendir");
    }
    return names;
  }

  realPath(path: string): Promise<string> {
    return repeated("realpath", (done) => fs.realpath.native(path, done));
  }

  resolve(path: string): Promise<string> {
    return resolvePath(path);
  }

  async writeText(path: string, text: string): Promise<void> {
    const fd = await this.open(path, fs.constants.O_WRONLY | fs.constants.O_TRUNC);
    try {
      const bytes = Buffer.from(text);
      const written = await this.write(fd, bytes, 0, bytes.length);
      // A file of the kernel's takes a text in one piece or not at all; the rest alone would mean something else to it.
      if (written < bytes.length) throw osError({ code: "EIO" }, "write");
    } finally {
      await this.close(fd);
    }
  }
}
