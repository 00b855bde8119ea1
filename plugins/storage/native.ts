/** Disks and file systems of a system that tells them by calls. */
import { type DiskPlace, failed, OsError, type Storage } from "../../core/plugin.ts";
import type { DiskAddress } from "./address.ts";
import type { Disk } from "./disks.ts";
import { exact } from "./exact.ts";
import type { FileSystem } from "./file-systems.ts";
import { BUS_TYPES } from "./schema.ts";

/** @returns undefined where files of the kernel tell them. @throws CommandError */
export async function nativeDisks(storage: Storage): Promise<Disk[] | undefined> {
  const disks = await explained("list the disks", storage.disks?.());
  return disks?.map(({ name, place }) => ({
    name,
    partition: false,
    dependencies: [],
    ...(place === undefined ? {} : { address: addressOf(place) }),
  }));
}

/** @returns undefined where they are mounts of block devices. @throws CommandError */
export async function nativeVolumes(storage: Storage): Promise<FileSystem[] | undefined> {
  const volumes = await explained("list the volumes", storage.volumes?.());
  return volumes?.map(({ name, mountPoint, type, space, disks }) => ({
    name,
    mountpoint: mountPoint,
    type,
    ...(space === undefined
      ? {}
      : {
          "used-bytes": exact(space.used),
          "total-bytes": exact(space.total),
          "total-bytes-privileged": exact(space.totalPrivileged),
        }),
    disk: disks.map(addressOf),
  }));
}

/** The controller's place on PCI is not told. */
function addressOf({ bus, channel, target, unit, serial, device }: DiskPlace): DiskAddress {
  return {
    "pci-controller": { domain: -1, bus: -1, slot: -1, function: -1 },
    "bus-type": BUS_TYPES.find((known) => known === bus) ?? "unknown",
    bus: channel,
    target,
    unit,
    ...(serial === undefined ? {} : { serial }),
    ...(device === undefined ? {} : { dev: device }),
  };
}

async function explained<T>(task: string, work: Promise<T> | undefined): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    throw error instanceof OsError ? failed(`failed to ${task}: ${error.message}`) : error;
  }
}
