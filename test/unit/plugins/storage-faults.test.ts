import { describe, expect, it } from "vitest";
import { type Mount, OsError, type Storage } from "../../../core/plugin.ts";
import storage from "../../../plugins/storage/index.ts";
import { type FakeFile, FakeFiles } from "../fake-files.ts";
import { commandsOf, noSuchFile, RecordedLog } from "../run-command.ts";

const SPACE = { used: 1n, total: 2n, totalPrivileged: 9007199254740993n };

const mount = (mountPoint: string, major: number, minor: number): Mount => ({
  id: minor,
  parent: 0,
  major,
  minor,
  root: "/",
  mountPoint,
  type: "ext4",
  source: "/dev/sda",
});

function guest(tree: Readonly<Record<string, FakeFile>>, mounts: readonly Mount[] = [], devices: Partial<Storage> = {}) {
  const space = async () => SPACE;
  const nvmeHealth = () => Promise.reject(noSuchFile("open"));
  return commandsOf(storage, {
    files: new FakeFiles(tree),
    mounts: { list: async () => mounts },
    storage: { space, nvmeHealth, ...devices },
  });
}

const gone = new OsError("ENODEV", 19, "No such device", "read");

/** A disk at a place in /sys/devices. */
function disk(folder: string, major: number, minor: number, more: Readonly<Record<string, FakeFile>> = {}): Record<string, FakeFile> {
  const name = folder.slice(folder.lastIndexOf("/") + 1);
  const all: Record<string, FakeFile> = {
    [`/sys/block/${name}`]: { link: `..${folder.slice("/sys".length)}` },
    [`/sys/dev/block/${major}:${minor}`]: { link: `../..${folder.slice("/sys".length)}` },
    [`${folder}/size`]: "16384\n",
    [`${folder}/uevent`]: `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name.replaceAll("!", "/")}\nDEVTYPE=disk\n`,
  };
  for (const [path, file] of Object.entries(more)) all[`${folder}/${path}`] = file;
  return all;
}

const PCI = { domain: -1, bus: -1, slot: -1, function: -1 };
const VDA = "/sys/devices/pci0000:00/0000:00:02.0/virtio0/block/vda";

describe("guest-get-disks", () => {
  it("says what is wrong where there is no /sys/block", async () => {
    await expect(guest({})("guest-get-disks")).rejects.toMatchObject({
      message: `Can't open directory "/sys/block": No such file or directory`,
    });
  });

  it("has none in a container", async () => {
    expect(await guest({ "/sys/block/": "" })("guest-get-disks")).toEqual([]);
  });

  it("does without udev: no serial, but the name that the device mapper has", async () => {
    const dm = disk("/sys/devices/virtual/block/dm-0", 252, 0, {
      "dm/name": "vg-data\n",
      "slaves/vda": { link: "../../../../pci0000:00/0000:00:02.0/virtio0/block/vda" },
    });
    expect(await guest({ ...disk(VDA, 254, 0), ...dm })("guest-get-disks")).toEqual([
      { name: "/dev/dm-0", partition: false, dependencies: ["/dev/vda"], alias: "vg-data" },
      {
        name: "/dev/vda",
        partition: false,
        dependencies: [],
        address: {
          "pci-controller": { domain: 0, bus: 0, slot: 2, function: 0 },
          "bus-type": "virtio",
          bus: 0,
          target: 0,
          unit: 0,
          dev: "/dev/vda",
        },
      },
    ]);
  });

  it.each([
    ["no size", { size: "0\n" }],
    ["a size that can't be read", { size: gone }],
    ["no node", { uevent: "DEVTYPE=disk\n" }],
    ["just gone", { size: gone, uevent: gone }],
  ])("passes over a device with %s", async (_, more) => {
    expect(await guest(disk("/sys/devices/virtual/block/loop0", 7, 0, more))("guest-get-disks")).toEqual([]);
  });

  it("knows a disk whose name has a slash, with its partitions", async () => {
    const folder = "/sys/devices/pci0000:00/0000:00:05.0/cciss0/c0d0/block/cciss!c0d0";
    const tree = disk(folder, 104, 0, {
      "cciss!c0d0p1/partition": "1\n",
      "cciss!c0d0p1/uevent": "MAJOR=104\nMINOR=1\nDEVNAME=cciss/c0d0p1\nDEVTYPE=partition\n",
    });
    expect(await guest(tree)("guest-get-disks")).toMatchObject([
      { name: "/dev/cciss/c0d0p1", partition: true, dependencies: ["/dev/cciss/c0d0"] },
      { name: "/dev/cciss/c0d0", partition: false },
    ]);
  });

  it("takes of udev's record the serial alone, whatever stands there", async () => {
    const record = "N:vda\nS:disk/by-id/ID_SERIAL=no\nE:ID_SERIAL_SHORT=no\nE:ID_SERIAL=a=b c\nE:\n=\nID_SERIAL=no\n";
    const run = guest({ ...disk(VDA, 254, 0), "/run/udev/data/b254:0": record });
    expect(await run("guest-get-disks")).toMatchObject([{ address: { serial: "a=b c" } }]);
  });

  it("leaves out the health that can't be had, and says why", async () => {
    const log = new RecordedLog();
    const late = new OsError("ETIMEDOUT", 110, "the device or its server doesn't answer: no answer within 2000 ms", "ioctl");
    const tree = disk("/sys/devices/pci0000:00/0000:00:04.0/nvme/nvme0/nvme0n1", 259, 0);
    const [nvme] = (await guest(tree, [], { nvmeHealth: () => Promise.reject(late) })("guest-get-disks", {}, { log })) as object[];
    expect(nvme).toMatchObject({ name: "/dev/nvme0n1", address: { "bus-type": "nvme" } });
    expect(nvme).not.toHaveProperty("smart");
    expect(log.lines).toEqual([`warning: the health of /dev/nvme0n1 can't be read: ${late.message}`]);
  });
});

describe("the address of a disk", () => {
  const addressOf = async (folder: string, driver = "") => {
    const pci = /^.*\/[0-9a-f]+:[0-9a-f]{2}:[0-9a-f]{2}\.\d(?=\/)/.exec(folder)?.[0] ?? "/none";
    const tree = {
      ...disk(folder, 8, 0),
      [`${pci}/driver`]: { link: `/sys/bus/pci/drivers/${driver}` },
      [`/sys/bus/pci/drivers/${driver}/`]: "",
    };
    const [found] = (await guest(tree)("guest-get-disks")) as { address: object }[];
    return found?.address;
  };

  // from IBM's description of the paths: nobody here has such a machine
  it("has the subchannel and device of s390", async () => {
    expect(await addressOf("/sys/devices/css0/0.1.000a/0.1.0042/virtio3/block/vda")).toMatchObject({
      "bus-type": "virtio",
      "pci-controller": PCI,
      "ccw-address": { cssid: 0, ssid: 1, subchno: 10, devno: 66 },
    });
  });

  it("has a PCI domain of more than four digits", async () => {
    const path = "/sys/devices/pci0000:00/0000:00:0e.0/pci10000:e0/10000:e0:1d.7/10000:e1:00.0/nvme/nvme0/nvme0n1";
    expect(await addressOf(path, "nvme")).toMatchObject({
      "bus-type": "nvme",
      "pci-controller": { domain: 65536, bus: 225, slot: 0, function: 0 },
    });
  });

  it("has a logical unit of 64 bits", async () => {
    const path = "/sys/devices/pci0000:00/0000:00:04.0/host2/rport-2:0-1/target2:0:5/2:0:5:4612248968380809216/block/sda";
    expect(await addressOf(path, "qla2xxx")).toMatchObject({ "bus-type": "scsi", target: 5, unit: 4612248968380809216n });
  });

  it.each([
    ["pata_acpi", { "bus-type": "ide", bus: 0, target: 0, unit: 1 }],
    ["sata_nv", { "bus-type": "sata", bus: 0, target: 0, unit: 0 }],
  ])("tells IDE from SATA by the driver: %s", async (driver, place) => {
    expect(await addressOf("/sys/devices/pci0000:00/0000:00:01.1/ata7/host6/target6:0:1/6:0:1:0/block/sda", driver)).toMatchObject(place);
  });

  it.each([
    ["/sys/devices/vbd-51712/block/xvda", "unknown"],
    ["/sys/devices/platform/floppy.1/block/fd1", "fdc"],
    ["/sys/devices/LNXSYSTM:00/VMBUS:01/f8b3781a/host0/target0:0:0/0:0:0:3/block/sda", "scsi"],
  ])("has no PCI controller where there is none: %s", async (path, busType) => {
    expect(await addressOf(path)).toMatchObject({ "bus-type": busType, "pci-controller": PCI });
  });
});

describe("guest-get-fsinfo", () => {
  it("has exact sizes, and the device's number where sysfs has no name for it", async () => {
    expect(await guest({}, [mount("/", 8, 1)])("guest-get-fsinfo")).toEqual([
      {
        name: "8:1",
        mountpoint: "/",
        type: "ext4",
        "used-bytes": 1,
        "total-bytes": 2,
        "total-bytes-privileged": 9007199254740993n,
        disk: [],
      },
    ]);
  });

  it("lists a file system that doesn't answer, and says why it has no sizes", async () => {
    const log = new RecordedLog();
    const space = (path: string) =>
      path === "/dead" ? Promise.reject(new OsError("EIO", 5, "Input/output error", "statvfs")) : Promise.resolve(SPACE);
    const run = guest({}, [mount("/", 8, 1), mount("/dead", 8, 2)], { space });
    expect(await run("guest-get-fsinfo", {}, { log })).toMatchObject([
      { name: "8:2", mountpoint: "/dead", type: "ext4", disk: [] },
      { mountpoint: "/", "used-bytes": 1 },
    ]);
    expect(log.lines).toEqual(["warning: the space of /dead can't be read: Input/output error"]);
  });

  it("ends although devices lie on each other in a circle", async () => {
    const tree = {
      ...disk("/sys/devices/virtual/block/dm-0", 252, 0, { "slaves/dm-1": { link: "../../dm-1" } }),
      ...disk("/sys/devices/virtual/block/dm-1", 252, 1, { "slaves/dm-0": { link: "../../dm-0" }, "slaves/gone": { link: "../../dm-9" } }),
    };
    expect(await guest(tree, [mount("/", 252, 0)])("guest-get-fsinfo")).toMatchObject([{ name: "dm-0", disk: [] }]);
  });

  it("fails if the mounts can't be read", async () => {
    const list = () => Promise.reject(noSuchFile("open"));
    const run = commandsOf(storage, { files: new FakeFiles({}), mounts: { list }, storage: {} });
    await expect(run("guest-get-fsinfo")).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: "failed to open mtab file: '/proc/self/mounts': No such file or directory",
    });
  });
});
