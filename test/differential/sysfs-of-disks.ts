/** Folders that look like the kernel's of machines with other disks than this one has. */
import type { Prepared } from "./prepared.ts";
import type { World } from "./world.ts";

interface Disk {
  /** Below /sys/devices, with its own name at the end. */
  readonly path: string;
  readonly number: string;
  /** In sectors. */
  readonly size?: string;
  readonly partitions?: Readonly<Record<string, string>>;
  /** What it is made of: paths below /sys/devices. */
  readonly slaves?: readonly string[];
  /** What udev knows of it. */
  readonly properties?: readonly string[];
}

const AHCI = "pci0000:00/0000:00:1f.2/ata3/host2/target2:0:0/2:0:0:0/block/sda";
const NVME = "pci0000:00/0000:00:06.0/nvme/nvme0/nvme0n1";
const VIRTIO = "pci0000:00/0000:00:05.0/virtio2/block/vdb";
const SCSI = "pci0000:00/0000:00:07.0/virtio4/host3/target3:0:1/3:0:1:2/block/sdb";

const DISKS: readonly Disk[] = [
  { path: VIRTIO, number: "254:16", partitions: { vdb1: "254:17", vdb2: "254:18" }, properties: ["ID_SERIAL=of-virtio"] },
  { path: AHCI, number: "8:0", partitions: { sda1: "8:1" }, properties: ["ID_SERIAL=QEMU_HARDDISK_QM00005", "ID_SERIAL_SHORT=QM00005"] },
  { path: SCSI, number: "8:16", properties: ["ID_SERIAL=0QEMU_drive-scsi1"] },
  { path: "pci0000:00/0000:00:01.1/ata1/host0/target0:0:1/0:0:1:0/block/sdc", number: "8:32" },
  { path: "pci0000:00/0000:00:08.0/usb1/1-1/1-1:1.0/host5/target5:0:0/5:0:0:0/block/sdd", number: "8:48" },
  { path: "pci0000:00/0000:00:02.0/0000:01:00.0/virtio5/block/vdc", number: "254:32" },
  { path: NVME, number: "259:0", partitions: { nvme0n1p1: "259:1" } },
  { path: "virtual/block/dm-0", number: "253:0", slaves: [`${VIRTIO}/vdb2`, `${AHCI}/sda1`], properties: ["DM_NAME=vg-root"] },
  { path: "virtual/block/dm-1", number: "253:1", slaves: ["virtual/block/dm-0"], properties: ["DM_NAME=luks"] },
  { path: "virtual/block/md0", number: "9:0", slaves: [AHCI, SCSI] },
  { path: "virtual/block/zram0", number: "252:0" },
  { path: "virtual/block/loop0", number: "7:0", size: "0" },
  { path: "platform/4010000000.pcie/something/block/mmcblk0", number: "179:0" },
];

const DRIVERS: Readonly<Record<string, string>> = {
  "pci0000:00/0000:00:05.0": "virtio-pci",
  "pci0000:00/0000:00:07.0": "virtio-pci",
  "pci0000:00/0000:00:1f.2": "ahci",
  "pci0000:00/0000:00:01.1": "ata_piix",
  "pci0000:00/0000:00:06.0": "nvme",
  "pci0000:00/0000:00:08.0": "xhci_hcd",
  "pci0000:00/0000:00:02.0": "pcieport",
  "pci0000:00/0000:00:02.0/0000:01:00.0": "virtio-pci",
};

const name = (path: string) => path.slice(path.lastIndexOf("/") + 1);
/** How a link of a folder below /sys leads to /sys/devices. */
const up = (depth: number) => "../".repeat(depth);

function folders(): Record<"devices" | "block" | "byNumber" | "class" | "udev", Record<string, Prepared | string>> {
  const devices: Record<string, Prepared | string> = { "system/cpu/online": "0-1\n" };
  const all = { devices, block: {}, byNumber: {}, class: {}, udev: {} } as ReturnType<typeof folders>;
  const add = (path: string, number: string, kind: string, properties: readonly string[] = []) => {
    const [major, minor] = number.split(":");
    devices[`${path}/dev`] = `${number}\n`;
    devices[`${path}/uevent`] = `MAJOR=${major}\nMINOR=${minor}\nDEVNAME=${name(path)}\nDEVTYPE=${kind}\n`;
    devices[`${path}/subsystem`] = { link: `${up(path.split("/").length + 1)}class/block` };
    all.byNumber[number] = { link: `../../devices/${path}` };
    all.class[name(path)] = { link: `../../devices/${path}` };
    if (properties.length > 0) all.udev[`data/b${number}`] = properties.map((each) => `E:${each}\n`).join("");
  };
  for (const { path, number, size = "4096", partitions = {}, slaves = [], properties } of DISKS) {
    add(path, number, "disk", properties);
    all.block[name(path)] = { link: `../devices/${path}` };
    devices[`${path}/size`] = `${size}\n`;
    devices[`${path}/slaves`] = { folder: true };
    for (const slave of slaves) devices[`${path}/slaves/${name(slave)}`] = { link: `${up(path.split("/").length + 2)}devices/${slave}` };
    const mapped = properties?.find((each) => each.startsWith("DM_NAME="))?.slice("DM_NAME=".length);
    if (mapped !== undefined) devices[`${path}/dm/name`] = `${mapped}\n`;
    for (const [partition, itsNumber] of Object.entries(partitions)) {
      add(`${path}/${partition}`, itsNumber, "partition");
      devices[`${path}/${partition}/size`] = "2048\n";
      devices[`${path}/${partition}/partition`] = "1\n";
    }
  }
  for (const [path, driver] of Object.entries(DRIVERS)) {
    devices[`${path}/driver`] = { link: `${up(path.split("/").length + 1)}bus/pci/drivers/${driver}` };
  }
  return all;
}

/** The root file system is on a disk, and these are told to be mounted there, too. */
const MOUNTED = DISKS.flatMap(({ path, number, partitions = {} }) => [[name(path), number] as const, ...Object.entries(partitions)]);

function mountinfo(): string {
  const lines = MOUNTED.map(([disk, number], index) => `${index + 30} 1 ${number} / / rw - ext4 /dev/${disk} rw\n`);
  return ["20 1 0:20 / /proc rw - proc proc rw\n", ...lines].join("");
}

const { devices, block, byNumber, class: classes, udev } = folders();

export const WORLD_OF_DISKS: World = {
  trees: {
    "/sys/devices": devices,
    "/sys/bus/pci/drivers": Object.fromEntries(Object.values(DRIVERS).map((driver) => [driver, { folder: true }])),
    "/sys/block": block,
    "/sys/dev/block": byNumber,
    "/sys/class/block": classes,
    "/run": Object.fromEntries(Object.entries(udev).map(([key, text]) => [`udev/${key}`, text])),
  },
  files: { "/proc/self/mountinfo": mountinfo() },
};
