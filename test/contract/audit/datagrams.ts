/** What systemd's journal is to who sends to it: a socket that takes datagrams and keeps them. */
import { rmSync } from "node:fs";
import koffi from "koffi";

const library = koffi.load(null);
const socket = library.func("int socket(int, int, int)");
const bind = library.func("int bind(int, void *, uint)");
const recv = library.func("intptr_t recv(int, void *, size_t, int)");
const close = library.func("int close(int)");

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

export class Datagrams {
  readonly #fd: number;
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
    this.#fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    const address = Buffer.alloc(2 + Buffer.byteLength(path) + 1);
    address.writeUInt16LE(AF_UNIX);
    address.write(path, 2);
    if (bind(this.#fd, address, address.length) !== 0) throw new Error(`can't bind ${path}`);
  }

  /** @returns the next entry's fields, or undefined if there is none. */
  next(): Record<string, string> | undefined {
    const bytes = Buffer.alloc(64 * 1024);
    const length = Number(recv(this.#fd, bytes, bytes.length, MSG_DONTWAIT));
    return length < 0 ? undefined : fieldsOf(bytes.subarray(0, length));
  }

  all(): Record<string, string>[] {
    const entries: Record<string, string>[] = [];
    for (let entry = this.next(); entry !== undefined; entry = this.next()) entries.push(entry);
    return entries;
  }

  close(): void {
    close(this.#fd);
    rmSync(this.#path, { force: true });
  }
}

/** Both forms of the journal's own protocol. */
export function fieldsOf(bytes: Buffer): Record<string, string> {
  const fields: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf("\n", at);
    const line = bytes.toString("utf8", at, end);
    const equals = line.indexOf("=");
    if (equals >= 0) {
      fields[line.slice(0, equals)] = line.slice(equals + 1);
      at = end + 1;
      continue;
    }
    const length = Number(bytes.readBigUInt64LE(end + 1));
    fields[line] = bytes.toString("utf8", end + 9, end + 9 + length);
    at = end + 9 + length + 1;
  }
  return fields;
}
