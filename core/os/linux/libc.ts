/**
 * The C library's functions that Node has no equivalent for, for descriptors and devices. What is opened here is close-on-exec.
 * `open`, `fcntl` and `ioctl` are declared without their "...", which Linux's calling conventions allow and koffi's calls off the loop
 * need.
 */
import { native } from "../native.ts";
import { checked, declared, lastError, type NativeFunction, offLoop, optional } from "./library.ts";

/** A piece of memory, as readv and its like take it. */
interface IoVector {
  readonly base: Uint8Array;
  readonly length: number;
}

interface Declared {
  open: NativeFunction<[path: string, flags: number, mode: number], number>;
  close: NativeFunction<[fd: number], number>;
  read: NativeFunction<[fd: number, into: Uint8Array, length: number], number>;
  write: NativeFunction<[fd: number, from: Uint8Array, length: number], number>;
  fcntl: NativeFunction<[fd: number, command: number, argument: number], number>;
  fcntlLock: NativeFunction<[fd: number, command: number, lock: Uint8Array], number>;
  ioctl: NativeFunction<[fd: number, request: number, argument: number], number>;
  lseek: NativeFunction<[fd: number, offset: number | bigint, whence: number], number | bigint>;
  preadv2: NativeFunction<[fd: number, vector: readonly IoVector[], count: number, offset: number, flags: number], number> | undefined;
  poll: NativeFunction<[set: Uint8Array, count: number, timeout: number], number>;
  dup2: NativeFunction<[from: number, to: number], number>;
  pipe2: NativeFunction<[ends: Int32Array, flags: number], number>;
  getsockopt: NativeFunction<[fd: number, level: number, option: number, value: Uint8Array, length: Uint8Array], number>;
  tcgetattr: NativeFunction<[fd: number, settings: Uint8Array], number>;
  tcsetattr: NativeFunction<[fd: number, when: number, settings: Uint8Array], number>;
  tcflush: NativeFunction<[fd: number, queue: number], number>;
  cfmakeraw: NativeFunction<[settings: Uint8Array], void>;
  cfsetspeed: NativeFunction<[settings: Uint8Array, speed: number], number>;
  prctl: NativeFunction<[option: number, argument: number, third: number, fourth: number, fifth: number], number>;
  exit: NativeFunction<[status: number], void>;
}

const c = declared<Declared>((library) => ({
  open: library.func("int open(const char *, int, uint)"),
  close: library.func("int close(int)"),
  read: library.func("intptr_t read(int, void *, size_t)"),
  write: library.func("intptr_t write(int, const void *, size_t)"),
  fcntl: library.func("int fcntl(int, int, intptr_t)"),
  fcntlLock: library.func("int fcntl(int, int, void *)"),
  ioctl: library.func("int ioctl(int, ulong, intptr_t)"),
  lseek: library.func("int64_t lseek(int, int64_t, int)"),
  preadv2: optional(() => library.func("preadv2", "int64_t", ["int", vectors(), "int", "int64_t", "int"])),
  poll: library.func("int poll(void *, ulong, int)"),
  dup2: library.func("int dup2(int, int)"),
  pipe2: library.func("int pipe2(void *, int)"),
  getsockopt: library.func("int getsockopt(int, int, int, void *, void *)"),
  tcgetattr: library.func("int tcgetattr(int, void *)"),
  tcsetattr: library.func("int tcsetattr(int, int, void *)"),
  tcflush: library.func("int tcflush(int, int)"),
  cfmakeraw: library.func("void cfmakeraw(void *)"),
  cfsetspeed: library.func("int cfsetspeed(void *, uint)"),
  prctl: library.func("int prctl(int, ulong, ulong, ulong, ulong)"),
  exit: library.func("void _exit(int)"),
}));

function vectors(): string {
  const { struct } = native();
  struct("iovec", { base: "void *", length: "size_t" });
  return "iovec *";
}

const O_CLOEXEC = 0o2000000;
const O_NONBLOCK = 0o4000;
const O_NOCTTY = 0o400;
const O_ASYNC = 0o20000;
const F_SETOWN = 8;

/** Opens for reading, off the loop: on a dead device this can wait. */
export function openOffLoop(path: string): Promise<number> {
  return offLoop(c().open, "open", path, O_NONBLOCK | O_NOCTTY | O_CLOEXEC, 0);
}

/** Opens a file or device at once. Not for paths that can wait: with O_NONBLOCK devices and FIFOs don't. */
export function open(path: string, flags: number): number {
  return checked(c().open(path, flags | O_CLOEXEC | O_NOCTTY, 0), "open");
}

export function close(fd: number): void {
  checked(c().close(fd), "close");
}

/** What is opened here is read, written and closed here, too: Deno's `fs` knows only what it has opened itself. Never waits if the descriptor doesn't. */
export function read(fd: number, into: Uint8Array): number {
  return checked(c().read(fd, into, into.length), "read");
}

/** As `read`. */
export function write(fd: number, from: Uint8Array): number {
  return checked(c().write(fd, from, from.length), "write");
}

export const FIFREEZE = 0xc0045877;
export const FITHAW = 0xc0045878;

/** An ioctl whose argument is a number or unused, at once. @param call what an error names as its call. */
export function ioctl(fd: number, request: number, call: string): number {
  return checked(c().ioctl(fd, request, 0), call);
}

/** As `ioctl`, on a thread. @param call what an error names as its call. */
export async function ioctlOffLoop(fd: number, request: number, call: string): Promise<number> {
  return offLoop(c().ioctl, call, fd, request, 0);
}

const F_DUPFD_CLOEXEC = 1030;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;

export function dup(fd: number): number {
  return checked(c().fcntl(fd, F_DUPFD_CLOEXEC, 3), "dup");
}

/** Makes `to` name what `from` names; children inherit it. For the standard streams. */
export function dup2(from: number, to: number): void {
  checked(c().dup2(from, to), "dup2");
}

/** Keeps a descriptor that came from outside away from child processes. */
export function setCloseOnExec(fd: number): void {
  const FD_CLOEXEC = 1;
  checked(c().fcntl(fd, F_SETFD, FD_CLOEXEC), "fcntl");
}

export function pipe(): { readonly read: number; readonly write: number } {
  const ends = new Int32Array(2);
  checked(c().pipe2(ends, O_CLOEXEC), "pipe");
  return { read: ends[0] ?? -1, write: ends[1] ?? -1 };
}

function setStatusFlag(fd: number, flag: number, on: boolean): void {
  const flags = checked(c().fcntl(fd, F_GETFL, 0), "fcntl");
  checked(c().fcntl(fd, F_SETFL, on ? flags | flag : flags & ~flag), "fcntl");
}

export function setNonBlocking(fd: number, nonBlocking: boolean): void {
  setStatusFlag(fd, O_NONBLOCK, nonBlocking);
}

/** Whether the kernel sends this process SIGIO when something happens on the descriptor. Who asks for it must handle that signal. */
export function setSignalled(fd: number, signalled: boolean): void {
  if (signalled) checked(c().fcntl(fd, F_SETOWN, process.pid), "fcntl");
  setStatusFlag(fd, O_ASYNC, signalled);
}

/**
 * Takes a write lock on the whole file, without waiting. It belongs to the opening, not to the process as plain fcntl locks do: those
 * end when the process closes any descriptor of the file, which a host can make it do. The two kinds respect each other.
 * @throws OsError EAGAIN or EACCES where another has it.
 */
export function lockForWriting(fd: number): void {
  const flock = new Uint8Array(32); // l_type i16, l_whence i16, l_start i64 (8), l_len i64 (16), l_pid i32 (24): zeros mean all of it
  new DataView(flock.buffer).setInt16(0, F_WRLCK, true);
  checked(c().fcntlLock(fd, F_OFD_SETLK, flock), "fcntl");
}

/** For `seek`: from the start, the current position, the end. */
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;

/** @returns the new position, exact: a bigint beyond 2^53. */
export function seek(fd: number, offset: number | bigint, whence: number): number | bigint {
  const position = c().lseek(fd, offset, whence);
  if (position < 0) throw lastError("lseek");
  return position;
}

/** As `seek`, on a thread: on a network file system the end must be asked for. */
export function seekOffLoop(fd: number, offset: number | bigint, whence: number): Promise<number | bigint> {
  return offLoop(c().lseek, "lseek", fd, offset, whence);
}

const RWF_NOWAIT = 8;
const AT_POSITION = -1;

/**
 * Reads at the file's position if the bytes are in memory already, which takes a tenth of the time of a turn through a thread.
 * @returns the number of bytes, 0 at the end, or undefined if it would have to wait or can't be done so: nothing was read then.
 */
export function readCached(fd: number, into: Uint8Array): number | undefined {
  const count = c().preadv2?.(fd, [{ base: into, length: into.length }], 1, AT_POSITION, RWF_NOWAIT);
  return count === undefined || count < 0 ? undefined : count;
}

export const POLLERR = 8;
export const POLLHUP = 16;

/** What is so on this descriptor now; never waits. */
export function poll(fd: number, events: number): number {
  const set = new DataView(new ArrayBuffer(8));
  set.setInt32(0, fd, true);
  set.setInt16(4, events, true);
  checked(c().poll(new Uint8Array(set.buffer), 1, 0), "poll");
  return set.getInt16(6, true);
}

export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_VSOCK = 40;

/** The address family of a socket. @throws OsError ENOTSOCK for what is none. */
export function socketDomain(fd: number): number {
  const SOL_SOCKET = 1;
  const SO_DOMAIN = 39;
  const value = new Uint32Array(1);
  const length = new Uint32Array([4]);
  checked(c().getsockopt(fd, SOL_SOCKET, SO_DOMAIN, new Uint8Array(value.buffer), new Uint8Array(length.buffer)), "getsockopt");
  return value[0] ?? 0;
}

export const B38400 = 0o17;

/** Sets a serial line to raw bytes at this speed and throws away what it has received. @throws OsError ENOTTY for what is no terminal. */
export function makeRaw(fd: number, speed: number): void {
  const TCSANOW = 0;
  const TCIFLUSH = 0;
  const termios = new Uint8Array(128); // struct termios is 60 bytes on glibc and musl
  checked(c().tcgetattr(fd, termios), "tcgetattr");
  c().cfmakeraw(termios);
  checked(c().cfsetspeed(termios, speed), "cfsetspeed");
  checked(c().tcflush(fd, TCIFLUSH), "tcflush");
  checked(c().tcsetattr(fd, TCSANOW, termios), "tcsetattr");
}

/** Ends the process at once, whatever hangs in a thread. */
export function exitNow(status: number): never {
  c().exit(status);
  throw new Error("_exit came back");
}

const PR_SET_PDEATHSIG = 1;

/** From now on the kernel sends this process the signal when the thread that started it ends, even if others of that process don't. */
export function signalAtParentsDeath(signal: number): void {
  checked(c().prctl(PR_SET_PDEATHSIG, signal, 0, 0, 0), "prctl");
}
