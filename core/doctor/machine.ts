/** The machine as the checks see it: nothing here changes anything. */
import { readdirSync, readFileSync, readlinkSync, realpathSync, type Stats, statfsSync, statSync } from "node:fs";
import { promisify } from "node:util";
import { isClockSynchronized } from "../os/linux/synchronized.ts";

export interface FileFacts {
  readonly kind: "file" | "folder" | "device" | "socket" | "other";
  readonly uid: number;
  readonly gid: number;
  /** Permission bits. */
  readonly mode: number;
}

export interface Space {
  readonly freeBytes: number;
  readonly files: number;
  readonly freeFiles: number;
}

/** All are undefined, or empty, for what isn't there. @throws Denied for what this user may not see. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  /** Of the process that asks. */
  readonly pid: number;
  /** Undefined where there are no such numbers. */
  readonly uid: number | undefined;
  /** @param last only so many bytes of the end of a file that grows. */
  read(path: string, last?: number): string | undefined;
  list(path: string): readonly string[];
  /** Where a link leads, one step. */
  link(path: string): string | undefined;
  /** After all links. */
  real(path: string): string | undefined;
  status(path: string): FileFacts | undefined;
  space(path: string): Space | undefined;
  /** What a program prints that only tells; undefined if it isn't there or takes longer than some seconds. */
  tell(program: string, ...args: readonly string[]): Promise<string | undefined>;
  /** Milliseconds since 1970. */
  now(): number;
  isClockSynchronized(): boolean | undefined;
  /** Version of the GNU C library that runs this program. */
  glibc(): string | undefined;
}

export class Denied extends Error {
  override readonly name = "Denied";

  constructor(path: string) {
    super(`${path} can't be read by this user`);
  }
}

const PATIENCE_MS = 5000;
const MAX_OUTPUT = 8 * 1024 * 1024;

export const thisMachine: Machine = {
  platform: process.platform,
  pid: process.pid,
  uid: process.geteuid?.(),
  read: (path, last) => seen(path, () => (last === undefined ? readFileSync(path, "utf8") : readFileSync(path).subarray(-last).toString())),
  list: (path) => seen(path, () => readdirSync(path)) ?? [],
  link: (path) => seen(path, () => readlinkSync(path)),
  real: (path) => seen(path, () => realpathSync(path)),
  status: (path) => seen(path, () => facts(statSync(path))),
  space: (path) =>
    seen(path, () => {
      const { bavail, bsize, files, ffree } = statfsSync(path);
      return { freeBytes: bavail * bsize, files, freeFiles: ffree };
    }),
  async tell(program, ...args) {
    const { execFile } = await import("node:child_process");
    const environment = { ...process.env, LC_ALL: "C" };
    try {
      const run = promisify(execFile)(program, [...args], { env: environment, timeout: PATIENCE_MS, maxBuffer: MAX_OUTPUT });
      return (await run).stdout;
    } catch {
      return undefined;
    }
  },
  now: () => Date.now(),
  isClockSynchronized: () => (process.platform === "linux" ? isClockSynchronized() : undefined),
  glibc: () => (process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined)?.header?.glibcVersionRuntime,
};

function seen<T>(path: string, look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (code === "EACCES" || code === "EPERM") throw new Denied(path);
    if (["ENOENT", "ENOTDIR", "ESRCH", "EINVAL", "ENXIO", "ENODEV", "ELOOP"].includes(code)) return undefined;
    throw error;
  }
}

function facts(status: Stats): FileFacts {
  const kind = status.isFile()
    ? "file"
    : status.isDirectory()
      ? "folder"
      : status.isCharacterDevice()
        ? "device"
        : status.isSocket()
          ? "socket"
          : "other";
  return { kind, uid: status.uid, gid: status.gid, mode: status.mode & 0o7777 };
}
