import { describe, expect, it } from "vitest";
import { deviceNumbers, fromMounts, LinuxMounts, parseMountInfo, type Source } from "../../../core/os/linux/mounts.ts";
import { OsError } from "../../../core/os/ports.ts";

/** Recorded: btrfs with two subvolumes, xfs, ext4 with a directory and a file of it bound elsewhere, overlay, a tmpfs with an odd name. */
const MOUNTINFO = String.raw`43 42 254:0 / / rw,relatime - ext4 /dev/vda rw,discard,resv_strict
45 43 0:21 / /proc rw,relatime - proc proc rw
58 43 0:6 / /dev rw,relatime - devtmpfs devtmpfs rw,size=12334460k,nr_inodes=3083615,mode=755
64 43 0:39 / /srv/b rw,relatime - btrfs /dev/loop0 rw,discard=async,space_cache=v2,subvolid=5,subvol=/
65 43 0:39 /home /srv/s1 rw,relatime - btrfs /dev/loop0 rw,discard=async,space_cache=v2,subvolid=256,subvol=/home
66 43 0:39 /my\040data /srv/s2 rw,relatime - btrfs /dev/loop0 rw,discard=async,space_cache=v2,subvolid=257,subvol=/my\040data
63 43 7:1 / /srv/x\040y rw,relatime - xfs /dev/loop1 rw,inode64,logbufs=8,logbsize=32k,noquota
67 43 7:2 / /srv/e rw,relatime - ext4 /dev/loop2 rw
68 43 7:2 /sub /srv/bind rw,relatime - ext4 /dev/loop2 rw
69 43 7:2 /file /srv/bindfile rw,relatime - ext4 /dev/loop2 rw
72 43 0:43 / /srv/ov rw,relatime - overlay overlay rw,lowerdir=e/sub,upperdir=e/up,workdir=e/wk,uuid=on
73 72 0:45 / /srv/ov rw,relatime - tmpfs we\043ird\134x rw,size=1024k
`;

/** Recorded in the same moment, without the lines of the system's own mounts. */
const MOUNTS = String.raw`/dev/vda / ext4 rw,relatime,discard,resv_strict 0 0
proc /proc proc rw,relatime 0 0
/dev/loop0 /srv/b btrfs rw,relatime,discard=async,space_cache=v2,subvolid=5,subvol=/ 0 0
/dev/loop1 /srv/x\040y xfs rw,relatime,inode64,logbufs=8,logbsize=32k,noquota 0 0
/dev/loop2 /srv/e ext4 rw,relatime 0 0
/dev/loop2 /srv/bind ext4 rw,relatime 0 0
overlay /srv/ov overlay rw,relatime,lowerdir=e/sub,upperdir=e/up,workdir=e/wk,uuid=on 0 0
`;

const block = (major: number, minor: number): Source => ({ kind: "block", major, minor });

const DEVICES: Readonly<Record<string, Source>> = {
  "/dev/vda": block(254, 0),
  "/dev/loop0": block(7, 0),
  "/dev/loop1": block(7, 1),
  "/dev/loop2": block(7, 2),
};

const noEntry = (path: string) => new OsError("ENOENT", 2, `No such file or directory`, `open ${path}`);

function system(files: Readonly<Record<string, string>>, sources: Readonly<Record<string, Source>> = DEVICES) {
  const readText = (path: string) => {
    const text = files[path];
    if (text === undefined) throw noEntry(path);
    return text;
  };
  return new LinuxMounts({ readText, inspect: (path) => sources[path] });
}

describe("mountinfo", () => {
  it("is read in its order, with all that a plan needs", () => {
    const mounts = parseMountInfo(MOUNTINFO);
    expect(mounts.map(({ mountPoint }) => mountPoint)).toEqual([
      "/",
      "/proc",
      "/dev",
      "/srv/b",
      "/srv/s1",
      "/srv/s2",
      "/srv/x y",
      "/srv/e",
      "/srv/bind",
      "/srv/bindfile",
      "/srv/ov",
      "/srv/ov",
    ]);
    expect(mounts[5]).toEqual({
      id: 66,
      parent: 43,
      major: 0,
      minor: 39,
      root: "/my data",
      mountPoint: "/srv/s2",
      type: "btrfs",
      source: "/dev/loop0",
    });
    expect(mounts[11]?.source).toBe(String.raw`we#ird\x`);
  });

  it.each([
    ["none", "36 35 98:0 / /mnt rw,noatime - ext3 /dev/root rw"],
    ["one", "36 35 98:0 / /mnt rw,noatime master:1 - ext3 /dev/root rw"],
    ["several", "36 35 98:0 / /mnt rw,noatime shared:7 master:1 propagate_from:2 unbindable - ext3 /dev/root rw"],
  ])("has %s of its optional fields", (_, line) => {
    expect(parseMountInfo(line)).toMatchObject([{ major: 98, minor: 0, mountPoint: "/mnt", type: "ext3", source: "/dev/root" }]);
  });

  it("knows a hyphen that is no separator, an empty source and a line end in a name", () => {
    expect(parseMountInfo("36 35 0:9 - /- rw - tmpfs  rw")).toMatchObject([{ root: "-", mountPoint: "/-", type: "tmpfs", source: "" }]);
    expect(parseMountInfo(String.raw`36 35 8:1 / /a\012b\011c rw - ext4 /dev/sda1 rw`)[0]?.mountPoint).toBe("/a\nb\tc");
    expect(parseMountInfo(String.raw`36 35 8:1 / /\134040 rw - ext4 /dev/sda1 rw`)[0]?.mountPoint).toBe(String.raw`/\040`);
  });

  it.each([
    ["lowerdir=/l,upperdir=/up,workdir=/w", "/up"],
    ["upperdir=e/up,lowerdir=/l", "e/up"],
    [String.raw`lowerdir=/l,upperdir=/srv/a\134\054b\040c\134\134d/up,workdir=/w`, String.raw`/srv/a,b c\d/up`],
    ["lowerdir=/l", undefined],
    ["lowerdir=/upperdir=/l", undefined],
    ["lowerdir=/l,upperdir=", undefined],
  ])("knows the upper directory of an overlay with %s", (options, upperDirectory) => {
    expect(parseMountInfo(`36 35 0:50 / /mnt rw - overlay overlay rw,${options}`)[0]?.upperDirectory).toBe(upperDirectory);
    expect(parseMountInfo(`36 35 0:50 / /mnt rw - tmpfs overlay rw,${options}`)[0]).not.toHaveProperty("upperDirectory");
  });

  it.each(["", "36 35 98:0 / /mnt rw,noatime ext3 /dev/root rw", "x 35 98:0 / /mnt rw - ext3 a rw", "36 35 98 / /mnt rw - ext3 a rw"])(
    "passes over %j",
    (line) => expect(parseMountInfo(line)).toEqual([]),
  );
});

describe("the list of mounts", () => {
  it("has the number of its device for btrfs, the same for every subvolume", async () => {
    const mounts = await system({ "/proc/self/mountinfo": MOUNTINFO }).list();
    const btrfs = mounts.filter(({ type }) => type === "btrfs");
    expect(btrfs.map(({ major, minor }) => `${major}:${minor}`)).toEqual(["7:0", "7:0", "7:0"]);
    expect(mounts.find(({ type }) => type === "overlay")).toMatchObject({ major: 0, minor: 43 });
  });

  it.each<[string, Record<string, Source>]>([
    ["is gone", {}],
    ["is no block device", { "/dev/loop0": { kind: "other", major: 254, minor: 0 } }],
  ])("leaves btrfs as it is if its source %s", async (_, sources) => {
    const mounts = await system({ "/proc/self/mountinfo": MOUNTINFO }, sources).list();
    expect(mounts[3]).toMatchObject({ major: 0, minor: 39 });
  });

  it("comes from /proc/self/mounts where mountinfo is missing", async () => {
    const mounts = await system({ "/proc/self/mounts": MOUNTS }).list();
    expect(mounts.map(({ mountPoint, major, minor }) => `${mountPoint} ${major}:${minor}`)).toEqual([
      "/ 254:0",
      "/srv/b 7:0",
      "/srv/x y 7:1",
      "/srv/e 7:2",
      "/srv/bind 7:2",
    ]);
  });

  it("fails if there is neither", async () => {
    await expect(system({}).list()).rejects.toThrow(OsError);
  });
});

describe("/proc/self/mounts", () => {
  it.each([
    ["a network file system", "server:/export /mnt nfs4 rw 0 0"],
    ["cifs, whose source looks like a path", "//server/share /mnt cifs rw 0 0"],
    ["smbfs", "//server/share /mnt smbfs rw 0 0"],
    ["a bound directory", "/srv/a /mnt none bind 0 0"],
    ["what is on no device at all", "/dev/gone /mnt ext4 rw 0 0"],
    ["an empty line", ""],
  ])("leaves out %s", (_, line) => {
    const inspect = (path: string): Source | undefined => (path === "/srv/a" ? { kind: "directory", major: 8, minor: 1 } : undefined);
    expect(fromMounts(line, inspect)).toEqual([]);
  });

  it("takes the device of the mount point's files where the source names none", () => {
    const inspect = (path: string): Source | undefined => (path === "/" ? { kind: "directory", major: 8, minor: 1 } : undefined);
    expect(fromMounts("/dev/root / ext4 rw 0 0\n", inspect)).toMatchObject([{ major: 8, minor: 1, mountPoint: "/", source: "/dev/root" }]);
  });
});

describe("a device number", () => {
  it.each([
    [0x801n, 8, 1],
    [0x10_03_45n, 3, 0x145],
    [0xfd00n, 253, 0],
    [0x1000_0800n, 8, 0x10000],
    [0x0000_1000_0000_0800n, 0x1008, 0],
  ])("%i is %i:%i", (device, major, minor) => expect(deviceNumbers(device)).toEqual({ major, minor }));
});

describe("this system's own list", () => {
  it("has the root first of its device, as the kernel numbers it", async () => {
    const mounts = await new LinuxMounts().list();
    expect(mounts.find(({ mountPoint }) => mountPoint === "/")).toBeDefined();
    for (const mount of mounts) expect(mount.mountPoint).toMatch(/^\//);
  });
});
