/** getifaddrs(3): every address of every interface, as the kernel lists them. */
import { native } from "../native.ts";
import { lastError } from "./library.ts";

/** One entry of the list. An interface without an address still has its `packet` entry (where it is of a kind that has one). */
export interface InterfaceEntry {
  readonly name: string;
  /** IFF_ flags. */
  readonly flags: number;
  readonly family: "inet" | "inet6" | "packet" | undefined;
  /** 4 or 16 bytes in network order; the hardware address (often 6 bytes, 0 where there is none) for `packet`. */
  readonly address: Uint8Array;
  /** As many bytes as `address`, or empty. */
  readonly netmask: Uint8Array;
}

interface RawEntry {
  readonly next: bigint | null;
  readonly name: string;
  readonly flags: number;
  readonly address: bigint | null;
  readonly netmask: bigint | null;
}

const EMPTY = new Uint8Array(0);
const AF_INET = 2;
const AF_INET6 = 10;
const AF_PACKET = 17;

let calls: ReturnType<typeof declare> | undefined;

function declare() {
  const koffi = native();
  const library = koffi.load(null);
  return {
    getifaddrs: library.func("int getifaddrs(_Out_ void **)") as (list: [bigint | null]) => number,
    freeifaddrs: library.func("void freeifaddrs(void *)") as (list: bigint) => void,
    entry: koffi.struct({
      next: "void *",
      name: "const char *",
      flags: "uint",
      address: "void *",
      netmask: "void *",
      destination: "void *",
      data: "void *",
    }),
  };
}

/** @throws OsError. */
export function interfaceEntries(): readonly InterfaceEntry[] {
  calls ??= declare();
  const { getifaddrs, freeifaddrs, entry } = calls;
  const list: [bigint | null] = [null];
  if (getifaddrs(list) < 0) throw lastError("getifaddrs");
  const entries: InterfaceEntry[] = [];
  const [head] = list;
  if (head === null) return entries;
  try {
    for (let at: bigint | null = head; at !== null; ) {
      const raw = native().decode(at, entry) as RawEntry;
      const [family, address] = decodeAddress(raw.address);
      const netmask = family === "inet" || family === "inet6" ? decodeAddress(raw.netmask)[1] : EMPTY;
      entries.push({ name: raw.name, flags: raw.flags, family, address, netmask });
      at = raw.next;
    }
  } finally {
    freeifaddrs(head);
  }
  return entries;
}

function decodeAddress(pointer: bigint | null): readonly [InterfaceEntry["family"], Uint8Array] {
  if (pointer === null) return [undefined, EMPTY];
  const family = native().decode.uint16(pointer);
  if (family === AF_INET) return ["inet", bytesAt(pointer, 4, 4)];
  if (family === AF_INET6) return ["inet6", bytesAt(pointer, 8, 16)];
  if (family === AF_PACKET) {
    const length = bytesAt(pointer, 11, 1)[0] ?? 0; // sockaddr_ll: sll_halen at 11, sll_addr from 12 on
    return ["packet", length === 0 ? EMPTY : bytesAt(pointer, 12, length)];
  }
  return [undefined, EMPTY];
}

/** A copy, which outlives the list. */
function bytesAt(pointer: bigint, offset: number, length: number): Uint8Array {
  const koffi = native();
  return koffi.decode(pointer, offset, koffi.array("uint8_t", length, "Typed")) as Uint8Array;
}
