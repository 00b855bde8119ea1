/** What the registry says of drivers, as texts and bytes. */
import type { PciId } from "../system-information.ts";
import { nanosecondsOf } from "./clock.ts";

const PCI_ID = /^VEN_([0-9A-F]{4})&DEV_([0-9A-F]{4})(?:&|$)/i;
const CLASS_KEY = /^\{[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}\}\\\d{4,5}$/i;
const DATE = /^(\d{1,2})-(\d{1,2})-(\d{4})$/;
const FILE_TIME_BYTES = 8;
const NS_PER_MS = 1_000_000n;

/** @param name of a device's key, for instance "VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01". */
export function pciIdOf(name: string): PciId | undefined {
  const [, vendor, device] = PCI_ID.exec(name) ?? [];
  if (vendor === undefined || device === undefined) return undefined;
  return { vendor: Number.parseInt(vendor, 16), device: Number.parseInt(device, 16) };
}

/** Whether a device's value "Driver" names a key below Class, and nowhere else. */
export function isClassKey(text: string): boolean {
  return CLASS_KEY.test(text);
}

/** @param text month, day and year, for instance "6-21-2006". @returns nanoseconds since 1970-01-01 UTC. */
export function dateOf(text: string): bigint | undefined {
  const [month = 0, day = 0, year = 0] = DATE.exec(text)?.slice(1).map(Number) ?? [];
  const date = new Date(Date.UTC(year, month - 1, day));
  // A day that the month doesn't have is one of the next month then, and a year of two digits one of the last century.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return onTheWire(BigInt(date.getTime()) * NS_PER_MS);
}

/** @param bytes a FILETIME. @returns nanoseconds since 1970-01-01 UTC. */
export function fileTimeIn(bytes: Uint8Array): bigint | undefined {
  if (bytes.length !== FILE_TIME_BYTES) return undefined;
  const time = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true);
  return time === 0n ? undefined : onTheWire(nanosecondsOf(time));
}

/** The interface's date has 64 bits: the years 1678 to 2261. */
function onTheWire(nanoseconds: bigint): bigint | undefined {
  return BigInt.asIntN(64, nanoseconds) === nanoseconds ? nanoseconds : undefined;
}
