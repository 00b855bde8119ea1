/** The table of block devices, ready for questions. */
import type { BlockDevice, BlockTable } from "../../core/plugin.ts";

export class Devices {
  readonly #byNumber: ReadonlyMap<string, BlockDevice>;
  /** By path in /dev. */
  readonly #byPath: ReadonlyMap<string, BlockDevice>;
  /** By member, the devices of its btrfs. */
  readonly #btrfs: ReadonlyMap<string, readonly string[]>;

  constructor({ devices, btrfs }: BlockTable) {
    this.#byNumber = new Map(devices.map((device) => [device.device, device]));
    this.#byPath = new Map(devices.flatMap((device) => pathsOf(device).map((path) => [path, device] as const)));
    this.#btrfs = new Map(btrfs.flatMap((members) => members.map((member) => [member, members] as const)));
  }

  /** @param path "/dev/sda1", "/dev/mapper/vg0-root". */
  at(path: string): BlockDevice | undefined {
    return this.#byPath.get(path);
  }

  nameOf(device: string): string | undefined {
    return this.#byNumber.get(device)?.name;
  }

  /** @returns all devices of the btrfs that has this one, itself included. */
  btrfsOf(device: string): readonly string[] {
    return this.#btrfs.get(device) ?? [device];
  }

  /** @returns the loop devices that these lie on, at any depth of partitions, LVM, RAID and the like, but not through a file system. */
  loopsBeneath(devices: readonly string[]): BlockDevice[] {
    const loops: BlockDevice[] = [];
    const seen = new Set(devices);
    for (const number of seen) {
      const device = this.#byNumber.get(number);
      if (device === undefined) continue;
      for (const beneath of this.#liesOn(device)) seen.add(beneath);
      if (device.backingFile !== undefined && this.at(device.backingFile) === undefined) loops.push(device);
    }
    return loops;
  }

  /** A loop device can have another block device in place of a file. */
  #liesOn({ liesOn, backingFile }: BlockDevice): readonly string[] {
    const backing = backingFile === undefined ? undefined : this.at(backingFile);
    return backing === undefined ? liesOn : [...liesOn, backing.device];
  }
}

function pathsOf({ name, alias }: BlockDevice): string[] {
  return alias === undefined ? [`/dev/${name}`] : [`/dev/${name}`, `/dev/mapper/${alias}`];
}
