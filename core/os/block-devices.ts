/** Block devices, and what lies on what. */
import { Token } from "../token.ts";

export interface BlockDevice {
  /** "MAJOR:MINOR". */
  readonly device: string;
  /** As in /dev: "sda1", "dm-0", "loop3", "cciss/c0d0". */
  readonly name: string;
  /** The devices that it lies on, as "MAJOR:MINOR": a partition's disk, the slaves of LVM, LUKS, multipath and RAID. */
  readonly liesOn: readonly string[];
  /** For people: the name of a device-mapper device ("vg0-root"). */
  readonly alias?: string;
  /**
   * The file whose contents a loop device has, as the kernel tells it: a path in the mount namespace of who set it up, with " (deleted)"
   * behind it when it has lost its name. It may also be another block device.
   */
  readonly backingFile?: string;
  /** "MAJOR:MINOR" of the file system that holds that file: exact where the path may mean another file here. A btrfs has its own numbers. */
  readonly backingDevice?: string;
}

export interface BlockTable {
  readonly devices: readonly BlockDevice[];
  /** The devices of each btrfs file system: one mount has one of them as its source. */
  readonly btrfs: readonly (readonly string[])[];
}

export interface BlockDevices {
  /** @throws OsError only if there is no table at all; a device that vanishes meanwhile is left out. */
  table(): Promise<BlockTable>;
}

export const BlockDevices = new Token<BlockDevices>("block devices");
