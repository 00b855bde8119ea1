/**
 * Functions of libSystem, by the names and numbers that macOS has for them. Those that take "..." in C (open, fcntl, ioctl) are told so:
 * on Apple's processors such arguments are passed elsewhere than others.
 */
import { native } from "../native.ts";
import type { OsError } from "../ports.ts";
import { macError } from "./errors.ts";

interface Calls {
  readonly exit: (status: number) => void;
  readonly dup2: (from: number, to: number) => number;
  readonly flock: (fd: number, how: number) => number;
  readonly pipe: (ends: Int32Array) => number;
  readonly fcntl: (fd: number, command: number, kind: "int", argument: number) => number;
  readonly lseek: (fd: number, offset: number | bigint, whence: number) => number | bigint;
  readonly gettime: (clock: number) => bigint;
  readonly settimeofday: (time: Uint8Array, zone: null) => number;
  readonly openSession: () => void;
  readonly nextSession: () => unknown;
  readonly closeSession: () => void;
  readonly tzset: () => void;
  readonly localtime: (time: BigInt64Array, into: Uint8Array) => unknown;
  readonly strftime: (into: Uint8Array, size: number, format: string, time: Uint8Array) => number;
}

let calls: Calls | undefined;

export function libSystem(): Calls {
  calls ??= declare();
  return calls;
}

function declare(): Calls {
  const library = native().load(null);
  return {
    exit: library.func("void _exit(int)"),
    dup2: library.func("int dup2(int, int)"),
    flock: library.func("int flock(int, int)"),
    pipe: library.func("int pipe(void *)"),
    fcntl: library.func("int fcntl(int, int, ...)"),
    lseek: library.func("int64_t lseek(int, int64_t, int)"),
    gettime: library.func("uint64_t clock_gettime_nsec_np(int)"),
    settimeofday: library.func("int settimeofday(void *, void *)"),
    openSession: library.func("void setutxent()"),
    nextSession: library.func("void *getutxent()"),
    closeSession: library.func("void endutxent()"),
    tzset: library.func("void tzset()"),
    localtime: library.func("void *localtime_r(void *, void *)"),
    strftime: library.func("size_t strftime(void *, size_t, const char *, void *)"),
  } as unknown as Calls;
}

function lastError(call: string): OsError {
  return macError(native().errno(), call);
}

/** @throws OsError for a negative result. */
export function checked<T extends number | bigint>(result: T, call: string): T {
  if (result < 0) throw lastError(call);
  return result;
}

const F_SETFD = 2;
const FD_CLOEXEC = 1;

export function setCloseOnExec(fd: number): void {
  checked(libSystem().fcntl(fd, F_SETFD, "int", FD_CLOEXEC), "fcntl");
}

/** Node can't be told to make one; nobody else starts a program between the two calls. */
export function pipe(): { readonly read: number; readonly write: number } {
  const ends = new Int32Array(2);
  checked(libSystem().pipe(ends), "pipe");
  const [read = -1, write = -1] = ends;
  setCloseOnExec(read);
  setCloseOnExec(write);
  return { read, write };
}
