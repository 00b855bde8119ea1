/** AF_VSOCK on Linux. */
import type { VsockAddress, VsockSockets } from "../vsock.ts";
import { errnoOf, osError } from "./errno.ts";
import { AF_VSOCK, close, read, setCloseOnExec, setNonBlocking, write } from "./libc.ts";
import { checked, declared, lastError, type NativeFunction, offLoop } from "./library.ts";

interface Declared {
  socket: NativeFunction<[domain: number, type: number, protocol: number], number>;
  bind: NativeFunction<[fd: number, address: Uint8Array, length: number], number>;
  listen: NativeFunction<[fd: number, backlog: number], number>;
  accept4: NativeFunction<[fd: number, address: null, length: null, flags: number], number>;
  connect: NativeFunction<[fd: number, address: Uint8Array, length: number], number>;
  getpeername: NativeFunction<[fd: number, address: Uint8Array, length: Uint8Array], number>;
  shutdown: NativeFunction<[fd: number, how: number], number>;
}

const c = declared<Declared>((library) => ({
  socket: library.func("int socket(int, int, int)"),
  bind: library.func("int bind(int, void *, uint)"),
  listen: library.func("int listen(int, int)"),
  accept4: library.func("int accept4(int, void *, void *, int)"),
  connect: library.func("int connect(int, void *, uint)"),
  getpeername: library.func("int getpeername(int, void *, void *)"),
  shutdown: library.func("int shutdown(int, int)"),
}));

const SOCK_STREAM = 1;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const SHUT_WR = 1;
/** Node's own for its servers; the kernel makes less of it where it wants. */
const BACKLOG = 511;

export class LinuxVsockSockets implements VsockSockets {
  listen(address: VsockAddress): number {
    const fd = checked(c().socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket");
    return closedOnError(fd, () => {
      const name = encodeAddress(address);
      checked(c().bind(fd, name, name.length), "bind");
      checked(c().listen(fd, BACKLOG), "listen");
    });
  }

  inherit(fd: number): void {
    setNonBlocking(fd, true);
    setCloseOnExec(fd);
    checked(c().listen(fd, BACKLOG), "listen");
  }

  accept(fd: number): number | undefined {
    return attempt("accept", () => {
      const client = c().accept4(fd, null, null, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (client < 0) throw lastError("accept");
      return client;
    });
  }

  async connect(address: VsockAddress): Promise<number> {
    const fd = checked(c().socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    const name = encodeAddress(address);
    try {
      await offLoop(c().connect, "connect", fd, name, name.length);
    } catch (error) {
      close(fd);
      throw error;
    }
    return closedOnError(fd, () => setNonBlocking(fd, true));
  }

  peer(fd: number): VsockAddress {
    const name = new Uint8Array(128); // struct sockaddr_storage: room for the address of any family
    checked(c().getpeername(fd, name, new Uint8Array(new Uint32Array([name.length]).buffer)), "getpeername");
    return decodeAddress(name);
  }

  take(fd: number, into: Uint8Array): number | undefined {
    return attempt("read", () => read(fd, into));
  }

  give(fd: number, from: Uint8Array): number | undefined {
    return attempt("write", () => write(fd, from));
  }

  finish(fd: number): void {
    checked(c().shutdown(fd, SHUT_WR), "shutdown");
  }

  close(fd: number): void {
    close(fd);
  }
}

/** struct sockaddr_vm: family u16, reserved u16, port u32, cid u32, flags u8, zeros. */
const ADDRESS_BYTES = 16;

export function encodeAddress({ cid, port }: VsockAddress): Uint8Array {
  const view = new DataView(new ArrayBuffer(ADDRESS_BYTES));
  view.setUint16(0, AF_VSOCK, true);
  view.setUint32(4, port, true);
  view.setUint32(8, cid, true);
  return new Uint8Array(view.buffer);
}

/** @throws OsError EAFNOSUPPORT for an address of another family: whatever its bytes say is no CID. */
export function decodeAddress(bytes: Uint8Array): VsockAddress {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint16(0, true) !== AF_VSOCK) throw osError(errnoOf("EAFNOSUPPORT") ?? 0, "getpeername");
  return { port: view.getUint32(4, true), cid: view.getUint32(8, true) };
}

function closedOnError(fd: number, prepare: () => void): number {
  try {
    prepare();
    return fd;
  } catch (error) {
    close(fd);
    throw error;
  }
}

/** @returns undefined where it would have to wait. */
function attempt(call: string, once: () => number): number | undefined {
  for (;;) {
    try {
      return once();
    } catch (error) {
      const failure = osError(error, call);
      if (failure.code === "EAGAIN") return undefined;
      if (failure.code !== "EINTR") throw failure;
    }
  }
}
