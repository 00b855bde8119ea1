/** systemd's journal by its own protocol: one datagram an entry, to a unix socket, which Node can't send to. */
import { osError } from "./errno.ts";
import { AF_UNIX, close } from "./libc.ts";
import { checked, declared, lastError, type NativeFunction } from "./library.ts";

export const JOURNAL_SOCKET = "/run/systemd/journal/socket";

interface Declared {
  socket: NativeFunction<[domain: number, type: number, protocol: number], number>;
  sendto: NativeFunction<
    [fd: number, bytes: Uint8Array, length: number, flags: number, address: Uint8Array, addressLength: number],
    number
  >;
}

const c = declared<Declared>((library) => ({
  socket: library.func("int socket(int, int, int)"),
  sendto: library.func("intptr_t sendto(int, void *, size_t, int, void *, uint)"),
}));

const SOCK_DGRAM = 2;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const MSG_DONTWAIT = 0x40;
const MSG_NOSIGNAL = 0x4000;
/** struct sockaddr_un: family u16, then the path. */
const PATH_BYTES = 108;

export type JournalFields = Readonly<Record<string, string>>;

export class JournalSocket {
  readonly #fd: number;
  readonly #address: Uint8Array;

  /** @throws OsError if there can be no socket. @throws Error without native calls. Nothing has to listen at the path yet. */
  constructor(path: string) {
    this.#address = encodeAddress(path);
    this.#fd = checked(c().socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
  }

  /** Never waits. @throws OsError EAGAIN where the journal takes nothing more now; ENOENT or ECONNREFUSED where there is none. */
  send(fields: JournalFields): void {
    const bytes = encodeFields(fields);
    const flags = MSG_DONTWAIT | MSG_NOSIGNAL;
    for (;;) {
      if (c().sendto(this.#fd, bytes, bytes.length, flags, this.#address, this.#address.length) >= 0) return;
      const failure = lastError("sendto");
      if (failure.code !== "EINTR") throw failure;
    }
  }

  close(): void {
    close(this.#fd);
  }
}

/** `NAME=value`, or for a value of several lines its name, its length as a little endian u64 and its bytes, each ended by a newline. */
export function encodeFields(fields: JournalFields): Buffer {
  const parts = Object.entries(fields).flatMap(([name, value]) => {
    if (!value.includes("\n")) return [Buffer.from(`${name}=${value}\n`)];
    const bytes = Buffer.from(value);
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(bytes.length));
    return [Buffer.from(`${name}\n`), length, bytes, Buffer.from("\n")];
  });
  return Buffer.concat(parts);
}

function encodeAddress(path: string): Uint8Array {
  const name = Buffer.from(path);
  if (name.length >= PATH_BYTES) throw osError({ code: "ENAMETOOLONG" }, "sendto");
  const address = new Uint8Array(2 + name.length + 1);
  new DataView(address.buffer).setUint16(0, AF_UNIX, true);
  address.set(name, 2);
  return address;
}
