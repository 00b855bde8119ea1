/** Files by Node alone, as every system has them. What is left to each: opening, and where a file's position is. */
import fs from "node:fs";
import { basename, dirname, join } from "node:path";
import { osError } from "../errno.ts";
import type { Confinement, FileStatus, Files, Whence } from "../ports.ts";

type Done<T> = (error: NodeJS.ErrnoException | null, result: T) => void;

/** @returns what the callback is given. @throws OsError */
export function called<T>(call: string, begin: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    try {
      begin((error, result) => (error ? reject(osError(error, call)) : resolve(result)));
    } catch (error) {
      reject(osError(error, call));
    }
  });
}

export abstract class NodeFiles implements Files {
  abstract open(path: string, flags: number, mode?: number): Promise<number>;
  abstract openConfined(path: string, flags: number, mode: number, confinement: Confinement): Promise<number>;
  abstract seek(fd: number, offset: number | bigint, whence: Whence): Promise<number | bigint>;
  abstract setMode(fd: number, mode: number): Promise<void>;

  close(fd: number): Promise<void> {
    return called("close", (done) => fs.close(fd, (error) => done(error ?? null, undefined)));
  }

  read(fd: number, into: Uint8Array, offset: number, length: number): Promise<number> {
    return called("read", (done) => fs.read(fd, into, offset, length, null, done));
  }

  write(fd: number, from: Uint8Array, offset: number, length: number): Promise<number> {
    return called("write", (done) => fs.write(fd, from, offset, length, null, done));
  }

  async size(fd: number): Promise<number> {
    return (await called<fs.Stats>("fstat", (done) => fs.fstat(fd, done))).size;
  }

  readText(path: string): Promise<string> {
    return called("open", (done) => fs.readFile(path, "utf8", done));
  }

  exists(path: string): boolean {
    return fs.existsSync(path);
  }

  async status(path: string): Promise<FileStatus> {
    const found = await called<fs.Stats>("stat", (done) => fs.stat(path, done));
    return { kind: found.isFile() ? "file" : found.isDirectory() ? "folder" : "other", uid: found.uid, mode: found.mode & 0o7777 };
  }

  list(path: string): Promise<string[]> {
    return called("opendir", (done) => fs.readdir(path, done));
  }

  realPath(path: string): Promise<string> {
    return called("realpath", (done) => fs.realpath.native(path, done));
  }

  async resolve(path: string): Promise<string> {
    try {
      return await this.realPath(path);
    } catch (error) {
      if (osError(error, "realpath").code !== "ENOENT") throw error;
      return join(await this.realPath(dirname(path)), basename(path));
    }
  }

  writeText(path: string, text: string): Promise<void> {
    return called("open", (done) => fs.writeFile(path, text, { flag: "r+" }, (error) => done(error, undefined)));
  }
}
