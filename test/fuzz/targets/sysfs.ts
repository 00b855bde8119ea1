/** /sys, /run/udev and the small files of /proc, as a tree: each line of the input is a file or a link of it. */

import { CommandError } from "../../../core/errors.ts";
import { LinuxBlockDevices } from "../../../core/os/linux/block-devices.ts";
import { parseMountInfo } from "../../../core/os/linux/mounts.ts";
import { type Files, OsError, type Storage } from "../../../core/plugin.ts";
import type { JsonValue } from "../../../core/protocol/values.ts";
import { listProcessors } from "../../../plugins/cpu/processors.ts";
import { blockSize } from "../../../plugins/memory/block-size.ts";
import { listBlocks } from "../../../plugins/memory/blocks.ts";
import { listDisks } from "../../../plugins/storage/disks.ts";
import { listFileSystems } from "../../../plugins/storage/file-systems.ts";
import { type FakeFile, FakeFiles } from "../../unit/fake-files.ts";
import { holds } from "../engine/failure.ts";
import type { Target } from "../engine/target.ts";
import { sent } from "./framing.ts";

const PCI = "/sys/devices/pci0000:00/0000:00:1f.2";
const SEED = `/sys/block/sda -> ${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda
${PCI}/driver -> /sys/bus/pci/drivers/ahci
/sys/bus/pci/drivers/ahci/x = 1
${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda/size = 2048
${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda/uevent = MAJOR=8~MINOR=0~DEVNAME=sda
${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda/sda1/partition = 1
${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda/sda1/uevent = MAJOR=8~MINOR=1~DEVNAME=sda1
/run/udev/data/b8:0 = E:ID_SERIAL=QEMU
/sys/block/dm-0 -> /sys/devices/virtual/block/dm-0
/sys/devices/virtual/block/dm-0/size = 8
/sys/devices/virtual/block/dm-0/uevent = MAJOR=253~MINOR=0~DEVNAME=dm-0
/sys/devices/virtual/block/dm-0/slaves/sda -> ${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda
/sys/devices/virtual/block/dm-0/dm/name = vg-a
/sys/dev/block/8:1 -> ${PCI}/ata3/host2/target2:0:0/2:0:0:0/block/sda/sda1
/sys/class/block/sda -> ../../block/sda
/sys/class/block/sda/dev = 8:0
/sys/class/block/loop0/dev = 7:0
/sys/class/block/loop0/loop/backing_file = /a.img
/sys/fs/btrfs/x/devices/sda = 1
/sys/devices/system/cpu/cpu0/topology = 1
/sys/devices/system/cpu/cpu1/online = 1
/sys/devices/system/memory/block_size_bytes = 8000000
/sys/devices/system/memory/memory0/state = online
/sys/devices/system/memory/memory0/removable = 1
mount 1 0 8:1 / / rw - ext4 /dev/sda1 rw
mount 2 1 253:0 / /d rw - xfs /dev/dm-0 rw
`;
const NVME = `/sys/block/nvme1n2 -> /sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n2
/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n2/size = 8
/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1n2/uevent = MAJOR=259~MINOR=0~DEVNAME=nvme1n2
/sys/devices/virtual/nvme-subsystem/nvme-subsys1/nvme1 -> /sys/devices/pci0000:00/0000:00:05.0/nvme/nvme1
/sys/devices/pci0000:00/0000:00:05.0/nvme/nvme1/nvme1c1n2/size = 8
`;

const NO_STORAGE = {
  space: async () => ({ used: 1n, total: 2n, totalPrivileged: 3n }),
  nvmeHealth: async () => Buffer.alloc(512),
} as unknown as Storage;
const SILENT = { debug() {}, info() {}, message() {}, warning() {}, error() {}, critical() {} };

export const SYSFS: Target = {
  name: "sysfs",
  covers: ["plugins/storage/", "plugins/cpu/processors.ts", "plugins/memory/", "core/os/linux/block-devices.ts"],
  seeds: [SEED, SEED + NVME, NVME, ""],
  words: [
    ...`${SEED}${NVME}`.split("\n").map((line) => `${line}\n`),
    ..." -> | = |/virtio0/block/|/usb1/|/floppy.0/|/css0/0.0.0042/0.0.0042/|sym53c8xx|ata_piix|pata_x|host0|0:0:3:18446744073709551615|slaves/|nvme1c4n2|../|~".split(
      "|",
    ),
  ],
  maxBytes: 6000,
  bounded: 300,
  async run(input) {
    const { tree, mounts } = treeOf(input.toString("utf8"));
    const files = new FakeFiles(tree) as unknown as Files;
    const parts = {
      disks: () => listDisks(files, NO_STORAGE, SILENT),
      fileSystems: () => listFileSystems(mounts, files, NO_STORAGE, SILENT),
      processors: () => listProcessors(files, {}),
      memory: () => listBlocks(files),
      size: () => blockSize(files),
      table: () => new LinuxBlockDevices(syncFiles(tree)).table(),
    };
    const outcomes: string[] = [];
    for (const [name, list] of Object.entries(parts)) {
      try {
        const answer = sent((await list()) as unknown as JsonValue);
        holds(!/:\s*null/.test(answer), "every value of an answer is known", () => answer);
        outcomes.push(String(Math.min(9, answer.length >> 6)));
      } catch (error) {
        if (!(error instanceof CommandError || error instanceof OsError)) throw error;
        outcomes.push(`${name} fails`);
      }
    }
    return outcomes.join();
  },
};

function treeOf(text: string): { tree: Record<string, FakeFile>; mounts: ReturnType<typeof parseMountInfo> } {
  const tree: Record<string, FakeFile> = {};
  const mounts: string[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("mount ")) mounts.push(line.slice("mount ".length));
    const [path = "", link] = line.split(" -> ");
    const equals = line.indexOf(" = ");
    if (!line.startsWith("/")) continue;
    if (link !== undefined) tree[path] = { link };
    else if (equals > 0) tree[line.slice(0, equals)] = `${line.slice(equals + 3).replaceAll("~", "\n")}\n`;
  }
  return { tree, mounts: parseMountInfo(mounts.join("\n")) };
}

/** Without links on the way: what reads this follows one only at the end. */
function syncFiles(tree: Readonly<Record<string, FakeFile>>) {
  const missing = (): never => {
    throw new OsError("ENOENT", 2, "No such file or directory", "open");
  };
  return {
    readText(path: string): string {
      const file = tree[path];
      return typeof file === "string" ? file : missing();
    },
    list(path: string): readonly string[] {
      const names = Object.keys(tree).flatMap((each) =>
        each.startsWith(`${path}/`) ? (each.slice(path.length + 1).split("/")[0] ?? "") : [],
      );
      return names.length === 0 ? missing() : [...new Set(names)];
    },
    link(path: string): string {
      const file = tree[path];
      return typeof file === "object" && "link" in file ? file.link : missing();
    },
    loopFileDevice: (name: string): bigint => (name.endsWith("0") ? 0x0801n : missing()),
  };
}
