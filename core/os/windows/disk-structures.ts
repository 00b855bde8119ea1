/** What disk drivers answer, as it lies in memory. */
import type { DiskPlace } from "../storage.ts";

/** STORAGE_BUS_TYPE, in the interface's names. */
const BUSES = [
  "unknown",
  "scsi",
  "ide",
  "ide",
  "ieee1394",
  "ssa",
  "fibre",
  "usb",
  "raid",
  "iscsi",
  "sas",
  "sata",
  "sd",
  "mmc",
  "virtual",
  "file-backed-virtual",
  "unknown",
  "nvme",
];

/** STORAGE_DEVICE_DESCRIPTOR. */
const SERIAL_OFFSET = 24;
const BUS = 28;

/** SCSI_ADDRESS. */
const PATH = 5;
const TARGET = 6;
const UNIT = 7;

/** VOLUME_DISK_EXTENTS. */
const EXTENTS = 8;
const EXTENT_BYTES = 24;

/** @param address undefined where the driver has none. */
export function diskPlace(device: string, descriptor: Uint8Array, address: Uint8Array | undefined): DiskPlace {
  const view = new DataView(descriptor.buffer, descriptor.byteOffset, descriptor.byteLength);
  const serial = textAt(descriptor, view.getUint32(SERIAL_OFFSET, true));
  return {
    bus: BUSES[view.getUint32(BUS, true)] ?? "unknown",
    channel: address?.[PATH] ?? 0,
    target: address?.[TARGET] ?? 0,
    unit: address?.[UNIT] ?? 0,
    device,
    ...(serial === "" ? {} : { serial }),
  };
}

/** @returns the numbers of the disks that a volume lies on, one for each of its parts. */
export function extentsOf(answer: Uint8Array): number[] {
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength);
  const count = Math.min(view.getUint32(0, true), Math.floor((answer.length - EXTENTS) / EXTENT_BYTES));
  return Array.from({ length: count }, (_, index) => view.getUint32(EXTENTS + index * EXTENT_BYTES, true));
}

/** ASCII up to a NUL, with space around it that makers put there; 0 is for none. */
function textAt(bytes: Uint8Array, offset: number): string {
  if (offset === 0 || offset >= bytes.length) return "";
  const end = bytes.indexOf(0, offset);
  return Buffer.from(bytes.subarray(offset, end < 0 ? undefined : end))
    .toString("latin1")
    .trim();
}
