import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import { decodeNvmeHealth } from "../../../plugins/storage/nvme-health.ts";
import { type Disk, type FileSystem, recording, replay } from "./storage-recording.ts";

/** The log page of 512 bytes with these at their places; the others are 0. */
function page(bytes: Readonly<Record<number, number>>): Uint8Array {
  const all = new Uint8Array(512);
  for (const [at, byte] of Object.entries(bytes)) all[Number(at)] = byte;
  return all;
}

/** Recorded with the guest's other files. The disk with two controllers gave the numbers of one of them. */
const PAGES: Readonly<Record<string, Uint8Array>> = {
  "/dev/nvme0n1": page({ 1: 67, 2: 1, 32: 2, 48: 1, 64: 138, 80: 2 }),
  "/dev/nvme0n2": page({ 1: 67, 2: 1, 32: 2, 48: 1, 64: 138, 80: 2 }),
  "/dev/nvme3n1": page({ 1: 67, 2: 1, 32: 3, 48: 1, 64: 195, 80: 2 }),
};

const nvmeHealth = async (device: string) => {
  const found = PAGES[device];
  if (found === undefined) throw new OsError("EIO", 5, "Input/output error", "ioctl");
  return found;
};

describe("the recorded guest nvme-q35", () => {
  const recorded = recording("nvme-q35");
  const run = replay(recorded, { nvmeHealth });
  const shared = /^(\/dev\/)?nvme1n/;
  const at = (slot: number) => ({
    "bus-type": "nvme",
    bus: 0,
    target: 0,
    unit: 0,
    "pci-controller": { domain: 0, bus: 0, slot, function: 0 },
  });

  it(`has the disks and the health that qemu-ga saw: ${recorded.about}`, async () => {
    const ours = (await run("guest-get-disks")) as Disk[];
    expect(ours.filter(({ smart }) => smart !== undefined).map(({ name }) => name)).toHaveLength(3);
    expect(ours.map(({ name }) => name)).toEqual(recorded["guest-get-disks"].map(({ name }) => name));
    const known = ({ name }: Disk) => !shared.test(name);
    expect(ours.filter(known)).toEqual(recorded["guest-get-disks"].filter(known));
  });

  it("has the file systems that qemu-ga saw", async () => {
    const ours = (await run("guest-get-fsinfo")) as FileSystem[];
    const known = ({ name }: FileSystem) => !shared.test(name);
    expect(ours.filter(known).length).toBeGreaterThan(5);
    expect(ours.filter(known)).toEqual(recorded["guest-get-fsinfo"].filter(known));
  });

  // qemu-ga finds no controller behind the folder that such a disk has of its own
  it("has every controller of a disk with several, and the first as its address", async () => {
    const fileSystems = (await run("guest-get-fsinfo")) as FileSystem[];
    const disks = (await run("guest-get-disks")) as Disk[];
    const of = (name: string) => ({
      ways: fileSystems.find((one) => one.name === name)?.disk,
      address: disks.find((one) => one.name === `/dev/${name}`)?.address,
    });
    const both = { serial: "QEMU_NVMe_Ctrl_NVME-C_3", dev: "/dev/nvme1n1" };
    expect(of("nvme1n1")).toEqual({
      ways: [
        { ...at(7), ...both },
        { ...at(8), ...both },
      ],
      address: { ...at(7), ...both },
    });
    const one = { serial: "QEMU_NVMe_Ctrl_NVME-C_4", dev: "/dev/nvme1n2" };
    expect(of("nvme1n2")).toEqual({ ways: [{ ...at(7), ...one }], address: { ...at(7), ...one } });
  });

  it("is honest about a disk whose controllers are gone", async () => {
    const folder = "/sys/devices/virtual/nvme-subsystem/nvme-subsys1";
    const gone = new OsError("ENODEV", 19, "No such device", "readlink");
    const late = replay(recorded, { nvmeHealth }, { [`${folder}/nvme1`]: gone, [`${folder}/nvme2`]: gone });
    const disk = ((await late("guest-get-disks")) as Disk[]).find(({ name }) => name === "/dev/nvme1n1");
    expect(disk?.address).toEqual(recorded["guest-get-disks"].find(({ name }) => name === "/dev/nvme1n1")?.address);
    expect(disk?.address?.["bus-type"]).toBe("unknown");
  });
});

describe("the health page", () => {
  it("is read at the places of the specification, with both halves of a counter", () => {
    const bytes = page({ 0: 0x1f, 1: 0x34, 2: 0x12, 3: 100, 4: 10, 5: 255 });
    const view = new DataView(bytes.buffer);
    for (let index = 0; index < 10; index++) {
      view.setBigUint64(32 + 16 * index, 1000n + BigInt(index), true);
      view.setBigUint64(40 + 16 * index, 2000n + BigInt(index), true);
    }
    expect(decodeNvmeHealth(bytes)).toEqual({
      type: "nvme",
      "critical-warning": 31,
      temperature: 0x1234,
      "available-spare": 100,
      "available-spare-threshold": 10,
      "percentage-used": 255,
      "data-units-read-lo": 1000,
      "data-units-read-hi": 2000,
      "data-units-written-lo": 1001,
      "data-units-written-hi": 2001,
      "host-read-commands-lo": 1002,
      "host-read-commands-hi": 2002,
      "host-write-commands-lo": 1003,
      "host-write-commands-hi": 2003,
      "controller-busy-time-lo": 1004,
      "controller-busy-time-hi": 2004,
      "power-cycles-lo": 1005,
      "power-cycles-hi": 2005,
      "power-on-hours-lo": 1006,
      "power-on-hours-hi": 2006,
      "unsafe-shutdowns-lo": 1007,
      "unsafe-shutdowns-hi": 2007,
      "media-errors-lo": 1008,
      "media-errors-hi": 2008,
      "number-of-error-log-entries-lo": 1009,
      "number-of-error-log-entries-hi": 2009,
    });
  });

  it("is exact to 2^64, wherever its memory begins", () => {
    const memory = new Uint8Array(600).fill(0xff);
    expect(decodeNvmeHealth(memory.subarray(3, 515))).toMatchObject({ temperature: 65535, "power-cycles-lo": 18446744073709551615n });
  });
});
