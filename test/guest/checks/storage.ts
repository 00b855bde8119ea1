import { expect, test } from "vitest";
import { notBetween } from "../between.ts";
import type { Machine } from "../machine.ts";
import type { SharedGuest } from "../shared-guest.ts";

interface Address {
  readonly "pci-controller": { readonly domain: number; readonly bus: number; readonly slot: number; readonly function: number };
  readonly "bus-type": string;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
  readonly serial?: string;
  readonly dev?: string;
}

interface Disk {
  readonly name: string;
  readonly partition: boolean;
  readonly dependencies: readonly string[];
  readonly alias?: string;
  readonly address?: Address;
  readonly smart?: Readonly<Record<string, unknown>>;
}

interface FileSystem {
  readonly name: string;
  readonly mountpoint: string;
  readonly disk: readonly Address[];
}

/** What `lsblk -J` says of a device. One that lies on several is listed below each. */
interface Block {
  readonly kname: string;
  readonly type: string;
  readonly name: string;
  readonly children?: readonly Block[];
}

const statistics = [
  ...["read-ios", "read-merges", "read-sectors", "read-ticks", "write-ios", "write-merges", "write-sectors", "write-ticks"],
  ...["ios-pgr", "total-ticks", "weight-ticks", "discard-ios", "discard-merges", "discard-sectors", "discard-ticks"],
  ...["flush-ios", "flush-ticks"],
];

/** guest-get-disks, -fsinfo and -diskstats in the scene, beside what the guest's own tools say. */
export function storageChecks(guest: SharedGuest): void {
  const ask = (command: string) => guest.machine.withAgent((agent) => agent.call(command));

  test("guest-get-disks lists what lsblk lists", async () => {
    const { blockdevices } = JSON.parse(await guest.machine.shell.out("lsblk -J -o KNAME,TYPE,NAME")) as { blockdevices: Block[] };
    const answer = (await ask("guest-get-disks")) as Disk[];
    const seen = answer.map(({ name, partition, dependencies, alias }) => ({ name, partition, alias, on: dependencies.toSorted() }));
    const expected = new Map<string, { name: string; partition: boolean; alias: string | undefined; on: string[] }>();
    const add = ({ kname, type, name: label, children = [] }: Block, parent?: string): void => {
      const name = `/dev/${kname}`;
      const on = [...(expected.get(name)?.on ?? []), ...(parent === undefined ? [] : [parent])].toSorted();
      expected.set(name, { name, partition: type === "part", alias: type === "dm" ? label : undefined, on });
      for (const child of children) add(child, name);
    };
    for (const block of blockdevices) add(block);
    expect(seen.toSorted(byName)).toEqual([...expected.values()].toSorted(byName));
    guest.saw(`guest-get-disks: the ${seen.length} of lsblk, with partitions and what lies on what: ${seen.map(describe).join(", ")}`);
  });

  test("a disk's address is the one it was plugged in at", async () => {
    const disks = new Map(((await ask("guest-get-disks")) as Disk[]).map((disk) => [disk.name, disk]));
    const address = (name: string) => disks.get(name)?.address;
    const place = (name: string) => {
      const { "bus-type": type, bus, target, unit, serial } = address(name) ?? {};
      return { type, bus, target, unit, serial };
    };
    expect(place("/dev/vda")).toEqual({ type: "virtio", bus: 0, target: 0, unit: 0, serial: undefined });
    expect(place("/dev/vde")).toEqual({ type: "virtio", bus: 0, target: 0, unit: 0, serial: "virtio-1" });
    expect(place("/dev/sda")).toEqual({ type: "ide", bus: 1, target: 0, unit: 1, serial: "QEMU_HARDDISK_IDE-1" });
    expect(place("/dev/sdb")).toEqual({ type: "scsi", bus: 0, target: 3, unit: 2, serial: "0QEMU_QEMU_HARDDISK_SCSI_1" });
    expect(place("/dev/nvme0n1")).toEqual({ type: "nvme", bus: 0, target: 0, unit: 0, serial: "QEMU_NVMe_Ctrl_NVME-1_1" });
    expect([address("/dev/dm-0"), address("/dev/loop0")]).toEqual([undefined, undefined]);

    for (const [name, disk] of disks) {
      if (disk.address === undefined) continue;
      expect(disk.address.dev).toBe(name);
      expect(pciText(disk.address), name).toBe(await pciOf(guest.machine, name));
    }
    const all = [...disks.values()].flatMap(({ name, address: at }) =>
      at === undefined ? [] : [`${name} ${at["bus-type"]} at ${pciText(at)}`],
    );
    guest.saw(`guest-get-disks: addresses and serials as given to QEMU, PCI as in /sys: ${all.join(", ")}`);
  });

  test("an NVMe disk's health counts what is read", async () => {
    const commands = async () => {
      const disk = ((await ask("guest-get-disks")) as Disk[]).find(({ name }) => name === "/dev/nvme0n1");
      expect(disk?.smart).toMatchObject({ type: "nvme", "critical-warning": 0, "media-errors-lo": 0, "media-errors-hi": 0 });
      return disk?.smart?.["host-read-commands-lo"] as number;
    };
    const before = await commands();
    await guest.machine.shell.out("dd if=/dev/nvme0n1 of=/dev/null bs=4096 count=100 iflag=direct status=none");
    expect((await commands()) - before).toBe(100);
    guest.saw(`guest-get-disks: smart of NVMe counts ${before} reads, and 100 more after dd has read 100 blocks`);
  });

  test("guest-get-fsinfo says what findmnt and statfs say", async () => {
    const truth = async () => {
      const list = await guest.machine.shell.out(
        `findmnt -rn --real -o SOURCE,FSTYPE,TARGET | while read -r source type target; do
          mount=$(printf '%b' "$target"); echo "$(basename "$(readlink -f "$source")") $type $(stat -f -c '%S %b %f %a' "$mount") $mount"; done`,
      );
      return list.split("\n").map(fileSystem).toSorted(byMountPoint);
    };
    const before = await truth();
    const answer = ((await ask("guest-get-fsinfo")) as FileSystem[]).toSorted(byMountPoint);
    const after = await truth();
    const withoutDisks = answer.map(({ disk: _, ...rest }) => rest);
    expect(notBetween(before, withoutDisks, after)).toEqual([]);

    const disks = (mountPoint: string) =>
      answer.find(({ mountpoint }) => mountpoint === mountPoint)?.disk.map(({ dev, serial }) => `${dev} ${serial}`);
    expect(disks("/")).toEqual(["/dev/vda undefined"]);
    expect(disks("/run/scene/part")).toEqual(["/dev/sdb1 0QEMU_QEMU_HARDDISK_SCSI_1"]);
    expect(disks("/run/scene/loop back")).toEqual([]);
    expect(disks("/run/scene/dm")?.toSorted()).toEqual(["/dev/nvme0n1 QEMU_NVMe_Ctrl_NVME-1_1", "/dev/sdb2 0QEMU_QEMU_HARDDISK_SCSI_1"]);
    guest.saw(`guest-get-fsinfo: ${answer.map(({ mountpoint, name }) => `${mountpoint} on ${name}`).join(", ")}: sizes as statfs has them`);
  });

  test("guest-get-diskstats has the figures of /proc/diskstats", async () => {
    const truth = async () => (await guest.machine.shell.out("cat /proc/diskstats")).split("\n").map(diskStatistics).toSorted(byName);
    const before = await truth();
    const answer = (await ask("guest-get-diskstats")) as { name: string }[];
    expect(notBetween(before, answer.toSorted(byName), await truth())).toEqual([]);
    guest.saw(`guest-get-diskstats: ${answer.length} devices with the figures of /proc/diskstats`);
  });
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function byMountPoint(a: { readonly mountpoint: string }, b: { readonly mountpoint: string }): number {
  return a.mountpoint < b.mountpoint ? -1 : 1;
}

function describe({ name, alias, on }: { name: string; alias: string | undefined; on: readonly string[] }): string {
  return `${name}${alias === undefined ? "" : ` (${alias})`}${on.length === 0 ? "" : ` on ${on.join(" and ")}`}`;
}

function pciText({ "pci-controller": { domain, bus, slot, function: number } }: Address): string {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, "0");
  return `${hex(domain, 4)}:${hex(bus, 2)}:${hex(slot, 2)}.${number}`;
}

/** The last PCI device on the way to a disk. */
async function pciOf(machine: Machine, disk: string): Promise<string | undefined> {
  const way = await machine.shell.out(`readlink -f /sys/block/${disk.replace("/dev/", "")}`);
  return [...way.matchAll(/\/([0-9a-f]{4}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7])(?=\/)/g)].at(-1)?.[1];
}

/** Of the words `name type fragment blocks free available mount point`. */
function fileSystem(line: string) {
  const [name = "", type = "", ...rest] = line.split(" ");
  const [size = 0, blocks = 0, free = 0, available = 0] = rest.slice(0, 4).map(Number);
  return {
    ...{ name, type, mountpoint: rest.slice(4).join(" ") },
    "used-bytes": (blocks - free) * size,
    "total-bytes": (blocks - free + available) * size,
    "total-bytes-privileged": blocks * size,
  };
}

function diskStatistics(line: string) {
  const [major, minor, name = "", ...figures] = line.trim().split(/\s+/);
  return {
    ...{ name, major: Number(major), minor: Number(minor) },
    stats: Object.fromEntries(statistics.map((key, index) => [key, Number(figures[index])])),
  };
}
