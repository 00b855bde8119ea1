import { describe, expect, it } from "vitest";
import { type Address, type Disk, recording, replay } from "./storage-recording.ts";

const pci = (slot: number, bus = 0) => ({ "pci-controller": { domain: 0, bus, slot, function: 0 } });

interface Differences {
  /** What we say of a disk's address otherwise than qemu-ga, by the disk's serial or device. */
  readonly addresses?: Readonly<Record<string, Partial<Address>>>;
  /** The devices that a file system lies on, by its own. */
  readonly fileSystems?: Readonly<Record<string, readonly string[]>>;
}

/** Where we answer something else than qemu-ga, and why. */
const DIFFERENCES: Readonly<Record<string, Differences>> = {
  virtio: {
    addresses: {
      // qemu-ga says target 0 of each disk of a virtio-scsi controller, so that a host can't tell them apart
      "0QEMU_QEMU_HARDDISK_s2": { target: 3 },
      "0QEMU_QEMU_HARDDISK_s3": { target: 3 },
      "0QEMU_QEMU_CD-ROM_cd": { target: 5 },
      "0QEMU_QEMU_HARDDISK_x1": { target: 7 },
      "35000c500a1b2c3d4": { target: 1 },
      "0QEMU_QEMU_HARDDISK_s4": { target: 255 },
      "0QEMU_QEMU_HARDDISK_brs": { target: 2 },
    },
  },
  // qemu-ga knows the bus from the driver of a PCI controller alone, and tells nothing of one whose driver it doesn't know
  "ide-ahci": { addresses: { "/dev/fd0": { "bus-type": "fdc" } } },
  "lsi-megasas": {
    addresses: {
      "0QEMU_QEMU_HARDDISK_m1": { "bus-type": "scsi", ...pci(7) },
      "0QEMU_QEMU_HARDDISK_m2": { "bus-type": "scsi", ...pci(7), target: 5 },
      "0QEMU_QEMU_HARDDISK_g1": { "bus-type": "scsi", ...pci(8), target: 1 },
    },
  },
  pvscsi: {
    addresses: {
      "0QEMU_QEMU_HARDDISK_v1": { "bus-type": "scsi", ...pci(10) },
      "0QEMU_QEMU_HARDDISK_v2": { "bus-type": "scsi", ...pci(10), target: 3 },
    },
  },
  usb: {
    addresses: {
      "QEMU_QEMU_HARDDISK_1-0000:00:07.0-1.4-0:0": { "bus-type": "usb", ...pci(7) },
      "0xdeadbeef": pci(9),
    },
  },
  stacked: {
    addresses: {
      "0QEMU_QEMU_HARDDISK_v3": { target: 1 },
      "0QEMU_QEMU_HARDDISK_v4": { target: 2 },
      "0QEMU_QEMU_HARDDISK_v5": { target: 3 },
      "0QEMU_QEMU_HARDDISK_v6": { target: 4 },
      "35000c500a1b2c3d4": { target: 6 },
    },
    fileSystems: {
      // qemu-ga says [] for a partition of a RAID
      md0p1: ["/dev/sda", "/dev/sdb"],
      // qemu-ga says each disk once for each way down to it
      "dm-6": ["/dev/sdc"],
    },
  },
};

const withChanges = (address: Address, { addresses = {} }: Differences): Address => ({
  ...address,
  ...addresses[address.serial ?? address.dev ?? ""],
});

describe.each(Object.entries(DIFFERENCES))("the recorded guest %s", (name, differences) => {
  const recorded = recording(name);
  const run = replay(recorded);

  const disks: readonly Disk[] = recorded["guest-get-disks"].map((disk) =>
    disk.address === undefined ? disk : { ...disk, address: withChanges(disk.address, differences) },
  );

  it(`has the disks that qemu-ga saw: ${recorded.about}`, async () => {
    expect(disks.length).toBeGreaterThan(2);
    expect(await run("guest-get-disks")).toEqual(disks);
  });

  it("has its file systems on the disks that qemu-ga saw", async () => {
    const fileSystems = recorded["guest-get-fsinfo"].map((one) => {
      const devices = differences.fileSystems?.[one.name];
      if (devices !== undefined) return { ...one, disk: devices.map((device) => disks.find((disk) => disk.name === device)?.address) };
      return { ...one, disk: one.disk.map((address) => withChanges(address, differences)) };
    });
    expect(fileSystems.length).toBeGreaterThan(2);
    expect(await run("guest-get-fsinfo")).toEqual(fileSystems);
  });

  it("uses each difference", () => {
    const told = JSON.stringify([recorded["guest-get-disks"], recorded["guest-get-fsinfo"]]);
    for (const key of [...Object.keys(differences.addresses ?? {}), ...Object.keys(differences.fileSystems ?? {})])
      expect(told).toContain(JSON.stringify(key));
  });
});
