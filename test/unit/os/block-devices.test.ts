import { describe, expect, it } from "vitest";
import { LinuxBlockDevices, type SysFiles } from "../../../core/os/linux/block-devices.ts";
import { OsError } from "../../../core/plugin.ts";
import { recordedSys, recordedText } from "../plugins/fsfreeze-recordings/recording.ts";

function tableOf(sys: SysFiles) {
  return new LinuxBlockDevices(sys).table();
}

/** Fails for the paths that match. */
function without(sys: SysFiles, gone: RegExp): SysFiles {
  const guarded =
    <T>(read: (path: string) => T) =>
    (path: string): T => {
      if (gone.test(path)) throw Object.assign(new Error(`ENODEV: ${path}`), { code: "ENODEV", errno: -19 });
      return read(path);
    };
  return { ...sys, readText: guarded(sys.readText), list: guarded(sys.list), link: guarded(sys.link) };
}

describe("the table of block devices", () => {
  it("asks a loop device's driver where its file lies", async () => {
    const sys = recordedSys(recordedText("md-raid1-lvm", "sysfs"));
    const asked: string[] = [];
    const { devices } = await tableOf({
      ...sys,
      loopFileDevice: (name) => {
        asked.push(name);
        return 0xfd01n; // dm-1, as the C library packs it
      },
    });
    expect(asked).toEqual(["loop0"]);
    expect(devices.find(({ name }) => name === "loop0")?.backingDevice).toBe("253:1");
  });

  it("has partitions, RAID, LVM and loop devices with what they lie on", async () => {
    const { devices, btrfs } = await tableOf(recordedSys(recordedText("md-raid1-lvm", "sysfs")));
    expect(btrfs).toEqual([]);
    expect(devices).toEqual([
      { device: "259:0", name: "nvme0n1", liesOn: [] },
      { device: "259:3", name: "nvme1n1", liesOn: [] },
      { device: "259:1", name: "nvme0n1p1", liesOn: ["259:0"] },
      { device: "259:2", name: "nvme0n1p2", liesOn: ["259:0"] },
      { device: "259:4", name: "nvme1n1p1", liesOn: ["259:3"] },
      { device: "259:5", name: "nvme1n1p2", liesOn: ["259:3"] },
      { device: "9:0", name: "md0", liesOn: ["259:1", "259:4"] },
      { device: "9:1", name: "md1", liesOn: ["259:2", "259:5"] },
      { device: "253:0", name: "dm-0", liesOn: ["9:1"], alias: "vg0-root" },
      { device: "253:1", name: "dm-1", liesOn: ["9:1"], alias: "vg0-srv" },
      { device: "253:2", name: "dm-2", liesOn: ["9:1"], alias: "vg0-pool0_tmeta" },
      { device: "253:3", name: "dm-3", liesOn: ["9:1"], alias: "vg0-pool0_tdata" },
      { device: "253:4", name: "dm-4", liesOn: ["253:2", "253:3"], alias: "vg0-pool0-tpool" },
      { device: "253:5", name: "dm-5", liesOn: ["253:4"], alias: "vg0-thin" },
      { device: "7:0", name: "loop0", liesOn: [], backingFile: "/srv/images/test disk.img" },
      { device: "259:8", name: "loop0p1", liesOn: ["7:0"] },
    ]);
  });

  it("has the devices of each btrfs, recorded with mounted images", async () => {
    const { devices, btrfs } = await tableOf(recordedSys(recordedText("recorded-loops", "sysfs")));
    expect(btrfs).toEqual([["7:4", "7:5"], ["7:2"]]);
    expect(devices).toContainEqual({ device: "254:0", name: "vda", liesOn: [] });
    expect(devices).toContainEqual({ device: "7:3", name: "loop3", liesOn: [], backingFile: "/srv/ov/c.img" });
  });

  it("has odd names of images as they are, recorded", async () => {
    const { devices } = await tableOf(recordedSys(recordedText("recorded-odd-names", "sysfs")));
    expect(devices.flatMap(({ backingFile }) => backingFile ?? [])).toEqual([
      "/var/tmp/rec/disk.img",
      "/srv/new\nline/i.img",
      String.raw`/srv/back\slash\040/j.img`,
      "/srv/h/k.img",
      "/srv/gone.img (deleted)",
      "/srv/comma,hash#eq=é/ov/o.img",
    ]);
  });

  it("takes one line end only from a name", async () => {
    const sys = recordedSys(String.raw`/sys/class/block/loop0 -> ../../devices/virtual/block/loop0
/sys/class/block/loop0/dev: 7:0
/sys/class/block/loop0/loop/backing_file: /a\012
`);
    expect((await tableOf(sys)).devices[0]?.backingFile).toBe("/a\n");
  });

  it("has names as in /dev", async () => {
    const sys = recordedSys(`/sys/class/block/cciss!c0d0 -> ../../devices/pci0000:00/cciss0/c0d0/block/cciss!c0d0
/sys/class/block/cciss!c0d0/dev: 104:0
/sys/class/block/cciss!c0d0p1 -> ../../devices/pci0000:00/cciss0/c0d0/block/cciss!c0d0/cciss!c0d0p1
/sys/class/block/cciss!c0d0p1/dev: 104:1
/sys/class/block/cciss!c0d0p1/partition: 1
`);
    expect((await tableOf(sys)).devices).toEqual([
      { device: "104:0", name: "cciss/c0d0", liesOn: [] },
      { device: "104:1", name: "cciss/c0d0p1", liesOn: ["104:0"] },
    ]);
  });

  it.each([
    ["a device", /\/loop0(\/|$)/, 15],
    ["a device's number", /dm-5\/dev$/, 15],
    ["what a device lies on", /slaves/, 16],
    ["everything but the numbers", /\/(slaves|loop|dm|partition)(\/|$)|\/loop0p1$/, 16],
    ["btrfs", /btrfs/, 16],
  ])("is read without %s that vanishes meanwhile", async (_, gone, count) => {
    const { devices } = await tableOf(without(recordedSys(recordedText("md-raid1-lvm", "sysfs")), gone));
    expect(devices).toHaveLength(count);
  });

  it("has no device that lies on what vanished", async () => {
    const { devices, btrfs } = await tableOf(without(recordedSys(recordedText("fedora-btrfs-two-devices", "sysfs")), /block\/sdb1\//));
    expect(btrfs).toEqual([["253:0"]]);
    expect(devices.map(({ name }) => name)).not.toContain("sdb1");
  });

  it.each([" ", "8", "8:1:2", "x:y", "-1:0"])("leaves out a device with the number %j", async (number) => {
    const sys = recordedSys(`/sys/class/block/sda -> ../../devices/block/sda\n/sys/class/block/sda/dev: ${number}\n`);
    expect((await tableOf(sys)).devices).toEqual([]);
  });

  it("fails if there is none", async () => {
    const failure = await tableOf(without(recordedSys("/sys/\n"), /./)).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(OsError);
    expect(failure).toMatchObject({ code: "ENODEV", call: "opendir" });
  });

  it("lets others work while it is read, if it is long", async () => {
    const lines = Array.from({ length: 1000 }, (_, index) => `/sys/class/block/sd${index}/dev: 8:${index}`);
    let read = 0;
    const sys = recordedSys(lines.join("\n"));
    const table = tableOf({
      ...sys,
      readText: (path) => {
        read++;
        return sys.readText(path);
      },
    });
    // Each turn of the loop finds only some of the devices read.
    const progress: number[] = [];
    while (read < 1000) {
      progress.push(read);
      await new Promise(setImmediate);
    }
    expect((await table).devices).toHaveLength(1000);
    expect(progress.length).toBeGreaterThan(10);
  });

  it("of this system has the device that each partition lies on", async () => {
    const { devices } = await new LinuxBlockDevices().table();
    const numbers = new Set(devices.map(({ device }) => device));
    expect(numbers.size).toBe(devices.length);
    for (const { liesOn } of devices) for (const beneath of liesOn) expect(numbers).toContain(beneath);
  });
});
