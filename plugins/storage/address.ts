/** Where a disk is attached, read from where sysfs has its folder, in the numbers that hosts know: those of libvirt's addresses. */
import { basename } from "node:path/posix";
import type { Files } from "../../core/plugin.ts";
import { exact } from "./exact.ts";
import { nvmePaths } from "./nvme-paths.ts";
import type { BUS_TYPES } from "./schema.ts";
import { type BlockDevice, namesIn, readBlockDevice, unlessOsError } from "./sysfs.ts";

export interface PciAddress {
  readonly domain: number;
  readonly bus: number;
  readonly slot: number;
  readonly function: number;
}

interface CcwAddress {
  readonly cssid: number;
  readonly ssid: number;
  readonly subchno: number;
  readonly devno: number;
}

type BusType = (typeof BUS_TYPES)[number];

/** What the controller calls the disk. */
interface Place {
  readonly "bus-type": BusType;
  readonly bus: number;
  readonly target: number;
  readonly unit: number | bigint;
}

export interface DiskAddress extends Place {
  readonly "pci-controller": PciAddress;
  serial?: string;
  dev?: string;
  "ccw-address"?: CcwAddress;
}

const NO_PCI: PciAddress = { domain: -1, bus: -1, slot: -1, function: -1 };

const VIRTUAL = "/sys/devices/virtual/block/";

/** @returns one for each way to the disk: an NVMe disk can have several. What the kernel made of others, or of a file, has none. */
export async function addressesOf({ folder, serial, node }: BlockDevice, files: Files): Promise<DiskAddress[]> {
  if (folder.startsWith(VIRTUAL)) return [];
  const addresses: DiskAddress[] = [];
  for (const path of await nvmePaths(folder, files)) {
    const address: DiskAddress = { "pci-controller": pciAddress(path) ?? NO_PCI, ...(await placeOf(path, files)) };
    const ccw = ccwAddress(path);
    if (ccw !== undefined) address["ccw-address"] = ccw;
    if (serial !== undefined) address.serial = serial;
    if (node !== undefined) address.dev = node;
    addresses.push(address);
  }
  return addresses;
}

/**
 * As `addressesOf`, for all disks that a device made of others lies on, each once.
 * @param folder of the device in /sys/devices.
 */
export async function addressesBelow(folder: string, files: Files, seen = new Set<string>()): Promise<DiskAddress[]> {
  if (seen.has(folder)) return [];
  seen.add(folder);
  if (!folder.startsWith(VIRTUAL)) return addressesOf(await readBlockDevice(files, folder), files);
  const addresses: DiskAddress[] = [];
  // A partition of such a device has no list of its own.
  const [device = ""] = folder.slice(VIRTUAL.length).split("/");
  for (const lower of await lowerDevices(`${VIRTUAL}${device}`, files)) addresses.push(...(await addressesBelow(lower, files, seen)));
  return addresses;
}

/** The folders of what a device is made of, in qemu-ga's order: the system's from its end. */
export async function lowerDevices(folder: string, files: Files): Promise<string[]> {
  const lower: string[] = [];
  for (const name of await namesIn(files, `${folder}/slaves`)) {
    const path = await unlessOsError(files.realPath(`${folder}/slaves/${name}`));
    if (path !== undefined) lower.unshift(path);
  }
  return lower;
}

/** Of the controller, which is the last PCI device on the way: those before it are bridges. */
function pciAddress(path: string): PciAddress | undefined {
  const [, domain, bus, slot, fn] = PCI_DEVICE.exec(path) ?? [];
  if (domain === undefined || bus === undefined || slot === undefined || fn === undefined) return undefined;
  const [domainNumber = 0, busNumber = 0, slotNumber = 0] = [domain, bus, slot].map((digits) => Number.parseInt(digits, 16));
  return { domain: domainNumber, bus: busNumber, slot: slotNumber, function: Number(fn) };
}

const PCI_DEVICE = /^.*\/([0-9a-f]{4,}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])(?=\/)/;

/** On s390 "css0/SUBCHANNEL/DEVICE/virtio1", both in the form "0.0.0042". */
function ccwAddress(path: string): CcwAddress | undefined {
  const numbers = /\/css[0-9a-f]+\/([0-9a-f]+)\.([0-9a-f]+)\.([0-9a-f]+)\/[0-9a-f]+\.[0-9a-f]+\.([0-9a-f]+)\//.exec(path);
  if (numbers === null) return undefined;
  const [cssid = 0, ssid = 0, subchno = 0, devno = 0] = numbers.slice(1).map((digits) => Number.parseInt(digits, 16));
  return { cssid, ssid, subchno, devno };
}

const only = (busType: BusType): Place => ({ "bus-type": busType, bus: 0, target: 0, unit: 0 });

/** By what stands between the controller and the disk. */
async function placeOf(path: string, files: Files): Promise<Place> {
  if (/\/nvme\/nvme\d+\//.test(path)) return only("nvme");
  if (/\/usb\d+\//.test(path)) return only("usb");
  if (/\/virtio\d+\/block\//.test(path)) return only("virtio");
  const floppy = /\/floppy\.(\d+)\//.exec(path);
  if (floppy !== null) return { ...only("fdc"), unit: Number(floppy[1]) };
  const driver = await driverOf(path, files);
  const [, target, lun] = /\/host\d+\/.*\/\d+:\d+:(\d+):(\d+)\//.exec(path) ?? [];
  if (target === undefined || lun === undefined) return only("unknown");
  const port = /^(.*)\/ata(\d+)\//.exec(path);
  if (port !== null) {
    const [, controller = "", id = ""] = port;
    const index = await portIndex(controller, Number(id), files);
    const channels = driver === "ata_piix" || driver?.startsWith("pata_");
    return channels
      ? { "bus-type": "ide", bus: index, target: 0, unit: Number(target) }
      : { "bus-type": "sata", bus: 0, target: 0, unit: index };
  }
  // Hosts number the disks of this one, which has no logical units, by "unit".
  if (driver === "sym53c8xx") return { "bus-type": "scsi", bus: 0, target: 0, unit: Number(target) };
  return { "bus-type": "scsi", bus: 0, target: Number(target), unit: exact(BigInt(lun)) };
}

async function driverOf(path: string, files: Files): Promise<string | undefined> {
  const [pci] = PCI_DEVICE.exec(path) ?? [];
  const driver = pci === undefined ? undefined : await unlessOsError(files.realPath(`${pci}/driver`));
  return driver === undefined ? undefined : basename(driver);
}

/** Ports are numbered over all controllers: this one's come one after another. */
async function portIndex(controller: string, id: number, files: Files): Promise<number> {
  const ids = (await namesIn(files, controller)).flatMap((name) => /^ata(\d+)$/.exec(name)?.[1] ?? []).map(Number);
  return ids.filter((other) => other < id).length;
}
