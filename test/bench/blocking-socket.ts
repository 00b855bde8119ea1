// Blocking unix sockets straight from libc: no event loop, no copy in between. Socket buffers keep the system's defaults on both ends.
import { constants } from "node:os";
import koffi from "koffi";

const libc = koffi.load("libc.so.6");
const libcSocket: (domain: number, type: number, protocol: number) => number = libc.func("int socket(int, int, int)");
const libcConnect: (fd: number, address: Buffer, length: number) => number = libc.func("int connect(int, void *, uint)");
const libcBind: (fd: number, address: Buffer, length: number) => number = libc.func("int bind(int, void *, uint)");
const libcListen: (fd: number, backlog: number) => number = libc.func("int listen(int, int)");
const libcAccept: (fd: number, address: null, length: null) => number = libc.func("int accept(int, void *, void *)");
const libcSetsockopt: (fd: number, level: number, option: number, value: Buffer, length: number) => number = libc.func(
  "int setsockopt(int, int, int, void *, uint)",
);
const libcRead: (fd: number, into: Buffer, length: number) => number = libc.func("intptr_t read(int, void *, size_t)");
const libcSend: (fd: number, from: Buffer, length: number, flags: number) => number = libc.func("intptr_t send(int, void *, size_t, int)");
const libcClose: (fd: number) => number = libc.func("int close(int)");

const AF_UNIX = 1;
const SOCK_STREAM_CLOEXEC = 1 | 0x80000;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_SNDTIMEO = 21;
const MSG_NOSIGNAL = 0x4000;
const MAX_PATH_BYTES = 107;

/** undefined while nobody listens there. */
export function connectUnix(path: string): number | undefined {
  const fd = newSocket();
  const address = unixAddress(path);
  if (libcConnect(fd, address, address.length) === 0) return fd;
  const error = koffi.errno();
  libcClose(fd);
  if (error === constants.errno.ENOENT || error === constants.errno.ECONNREFUSED) return undefined;
  throw failure("connect", error);
}

/** Waits for the one client. */
export function acceptOnUnix(path: string): number {
  const fd = newSocket();
  const address = unixAddress(path);
  if (libcBind(fd, address, address.length) !== 0) throw failure("bind");
  if (libcListen(fd, 1) !== 0) throw failure("listen");
  const accepted = libcAccept(fd, null, null);
  if (accepted < 0) throw failure("accept");
  return accepted;
}

/** Without a limit a wrong answer would hang the run for ever. */
export function limitWaiting(fd: number, seconds: number): void {
  const timeval = Buffer.alloc(16);
  timeval.writeBigInt64LE(BigInt(seconds));
  for (const option of [SO_RCVTIMEO, SO_SNDTIMEO]) {
    if (libcSetsockopt(fd, SOL_SOCKET, option, timeval, timeval.length) !== 0) throw failure("setsockopt");
  }
}

/** How many bytes came; 0 at the end. */
export function receive(fd: number, into: Buffer): number {
  for (;;) {
    const got = libcRead(fd, into, into.length);
    if (got >= 0) return got;
    // a limit of time makes read(2) end at a signal, such as that of a child's end
    if (koffi.errno() !== constants.errno.EINTR) throw failure("read");
  }
}

export function sendAll(fd: number, bytes: Buffer): void {
  let rest = bytes;
  while (rest.length > 0) {
    const sent = libcSend(fd, rest, rest.length, MSG_NOSIGNAL);
    if (sent >= 0) rest = rest.subarray(sent);
    else if (koffi.errno() !== constants.errno.EINTR) throw failure("send");
  }
}

export function closeSocket(fd: number): void {
  libcClose(fd);
}

function newSocket(): number {
  const fd = libcSocket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
  if (fd < 0) throw failure("socket");
  return fd;
}

function unixAddress(path: string): Buffer {
  const name = Buffer.from(path);
  if (name.length > MAX_PATH_BYTES) throw new Error(`a unix socket's path has at most ${MAX_PATH_BYTES} bytes: ${path}`);
  const address = Buffer.alloc(2 + name.length + 1);
  address.writeUInt16LE(AF_UNIX, 0);
  name.copy(address, 2);
  return address;
}

function failure(call: string, errno: number = koffi.errno()): Error {
  const name = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  return new Error(`${call} failed: ${name}`);
}
