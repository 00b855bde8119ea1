/** Structures of the IP helper library, as they lie in memory on 64-bit Windows. */
import { formatIpv4, formatIpv6 } from "../linux/inet.ts";
import type { InterfaceAddress, InterfaceCounters, NetworkRoute } from "../ports.ts";
import { bytesAt, textAt } from "./library.ts";

/** Of IP_ADAPTER_ADDRESSES: what of it is used. */
export interface Adapter {
  readonly name: string;
  /** "52:54:00:12:34:56"; undefined for an interface without one. */
  readonly hardware: string | undefined;
  readonly luid: bigint;
  readonly addresses: readonly SocketAddress[];
  readonly metric: { readonly ipv4: number; readonly ipv6: number };
}

interface SocketAddress {
  /** A sockaddr. */
  readonly bytes: Uint8Array;
  readonly prefix: number;
}

const ADAPTER_BYTES = 232;
const NEXT = 8;
const FIRST_UNICAST = 24;
const FRIENDLY_NAME = 72;
const HARDWARE = 80;
const HARDWARE_LENGTH = 88;
const METRIC_4 = 216;
const METRIC_6 = 220;
const LUID = 224;

const UNICAST_BYTES = 64;
const SOCKADDR = 16;
const SOCKADDR_LENGTH = 24;
const PREFIX = 56;

const AF_INET = 2;
const AF_INET6 = 23;

/** @param memory that GetAdaptersAddresses has filled: a chain of structures that point into it. */
export function adaptersAt(memory: Uint8Array): Adapter[] {
  const adapters: Adapter[] = [];
  let structure: Uint8Array = memory.subarray(0, ADAPTER_BYTES);
  for (;;) {
    const view = viewOf(structure);
    const length = view.getUint32(HARDWARE_LENGTH, true);
    adapters.push({
      name: textAt(view.getBigUint64(FRIENDLY_NAME, true)) ?? "",
      hardware: length === 6 ? hex(structure.subarray(HARDWARE, HARDWARE + length)) : undefined,
      luid: view.getBigUint64(LUID, true),
      addresses: addressesAt(view.getBigUint64(FIRST_UNICAST, true)),
      metric: { ipv4: view.getUint32(METRIC_4, true), ipv6: view.getUint32(METRIC_6, true) },
    });
    const next = view.getBigUint64(NEXT, true);
    if (next === 0n) return adapters;
    structure = bytesAt(next, ADAPTER_BYTES);
  }
}

function addressesAt(first: bigint): SocketAddress[] {
  const addresses: SocketAddress[] = [];
  for (let at = first; at !== 0n; ) {
    const structure = bytesAt(at, UNICAST_BYTES);
    const view = viewOf(structure);
    const bytes = bytesAt(view.getBigUint64(SOCKADDR, true), view.getInt32(SOCKADDR_LENGTH, true));
    addresses.push({ bytes, prefix: structure[PREFIX] ?? 0 });
    at = view.getBigUint64(NEXT, true);
  }
  return addresses;
}

/** @param bytes of a sockaddr. @returns undefined for a family that is not of IP. */
export function addressOf(bytes: Uint8Array, prefix: number): InterfaceAddress | undefined {
  const family = viewOf(bytes).getUint16(0, true);
  if (family === AF_INET) return { address: formatIpv4(bytes.subarray(4, 8)), family: "ipv4", prefix };
  if (family === AF_INET6) return { address: formatIpv6(bytes.subarray(8, 24)), family: "ipv6", prefix };
  return undefined;
}

/** Of MIB_IF_ROW2. */
export const INTERFACE_ROW_BYTES = 1352;
const IN_OCTETS = 1208;
const OUT_OCTETS = 1280;

export function countersOf(row: Uint8Array): InterfaceCounters {
  const view = viewOf(row);
  const at = (offset: number) => {
    const value = view.getBigUint64(offset, true);
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
  };
  // Bytes, then packets to one and to many, dropped, with errors.
  const from = (offset: number) => ({
    bytes: at(offset),
    packets: sum(at(offset + 8), at(offset + 16)),
    dropped: at(offset + 24),
    errors: at(offset + 32),
  });
  return { received: from(IN_OCTETS), sent: from(OUT_OCTETS) };
}

function sum(one: number | bigint, other: number | bigint): number | bigint {
  const value = BigInt(one) + BigInt(other);
  return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value;
}

/** Of MIB_IPFORWARD_ROW2. */
export const ROUTE_ROW_BYTES = 104;
const DESTINATION = 12;
const DESTINATION_PREFIX = 40;
const NEXT_HOP = 44;
const ROUTE_METRIC = 84;

/** @returns undefined for a family that is not of IP. */
export function routeOf(row: Uint8Array, adapters: ReadonlyMap<bigint, Adapter>): NetworkRoute | undefined {
  const view = viewOf(row);
  const family = view.getUint16(DESTINATION, true);
  if (family !== AF_INET && family !== AF_INET6) return undefined;
  const isIpv4 = family === AF_INET;
  const text = (at: number) => (isIpv4 ? formatIpv4(row.subarray(at + 4, at + 8)) : formatIpv6(row.subarray(at + 8, at + 24)));
  const adapter = adapters.get(view.getBigUint64(0, true));
  return {
    interfaceName: adapter?.name ?? "*",
    family: isIpv4 ? "ipv4" : "ipv6",
    destination: text(DESTINATION),
    prefix: row[DESTINATION_PREFIX] ?? 0,
    gateway: text(NEXT_HOP),
    metric: view.getUint32(ROUTE_METRIC, true) + ((isIpv4 ? adapter?.metric.ipv4 : adapter?.metric.ipv6) ?? 0),
  };
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
