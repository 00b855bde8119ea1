import { afterAll, beforeAll } from "vitest";
import { PluggedDevices } from "./plugged-devices.ts";
import { type ReferenceAgent, startReference } from "./reference-agent.ts";
import type { SharedGuest } from "./shared-guest.ts";

/** Seconds since 1970 of the logins in the scene. */
export const logins = { tester: 1_700_000_000.25, root: 1_600_000_000.5 };

export const user = "tester";

/** More of everything than the guest has by itself, while some tests read it, with qemu-ga as a second agent. */
export interface Scene {
  readonly reference: ReferenceAgent;
}

/** Sets the scene before the tests of the current `describe` and takes it down after them. */
export function scene(guest: SharedGuest): Scene {
  let reference: ReferenceAgent | undefined;
  let devices: PluggedDevices | undefined;
  beforeAll(async () => {
    const { shell } = guest.machine;
    devices = new PluggedDevices(guest.machine);
    await plug(devices);
    await shell.out(["set -e", ...storage].join("\n"), 100);
    await shell.out(["set -e", ...routes, ...people].join("\n"), 60);
    reference = await startReference(guest.machine);
  }, 120_000);
  afterAll(async () => {
    await reference?.stop();
    await guest.machine.shell.out(takeDown.join("\n"), 60);
    await devices?.unplug();
  }, 60_000);
  return {
    get reference() {
      if (reference === undefined) throw new Error("the reference agent has not been started");
      return reference;
    },
  };
}

async function plug(devices: PluggedDevices): Promise<void> {
  // the first disk of SCSI's names, which the driver of IDE takes from there too
  await devices.appeared("/dev/disk/by-id/ata-QEMU_HARDDISK_IDE-1");
  await devices.drive("nvme", 64);
  await devices.device("nvme", { drive: "nvme", serial: "NVME-1" });
  await devices.device("virtio-scsi-pci", { id: "scsi-controller" });
  await devices.drive("scsi", 64);
  await devices.device("scsi-hd", { drive: "scsi", bus: "scsi-controller.0", "scsi-id": 3, lun: 2, serial: "SCSI 1" });
  await devices.drive("serial", 1);
  await devices.device("virtio-blk-pci", { drive: "serial", serial: "virtio-1" });
  await devices.memory("dimm", 256);
  await devices.appeared("/dev/nvme0n1", "/dev/sdb", "/dev/disk/by-id/virtio-virtio-1", "/sys/devices/system/memory/memory33");
}

/** A partition on SCSI, a device-mapper disk over NVMe and partition, a loop device; each with a file system. */
const storage = [
  "modprobe -a dm_mod loop",
  "printf '2048,65536,L\\n,,L\\n' | sfdisk -q /dev/sdb",
  "udevadm settle",
  "printf '0 65536 linear /dev/nvme0n1 0\\n65536 32768 linear /dev/sdb2 0\\n' | dmsetup create scene",
  "mkdir -p /run/scene/part /run/scene/dm '/run/scene/loop back'",
  "truncate -s 16M /mnt/ext4/scene.img",
  "losetup /dev/loop0 /mnt/ext4/scene.img",
  "for disk in /dev/sdb1 /dev/mapper/scene /dev/loop0; do mke2fs -q -t ext4 $disk; done",
  "mount /dev/sdb1 /run/scene/part",
  "mount /dev/mapper/scene /run/scene/dm",
  "mount /dev/loop0 '/run/scene/loop back'",
  "sync",
  "udevadm settle",
];

const routes = [
  "ip route add default via 10.0.2.2 metric 100 window 1000",
  "ip route add 203.0.113.0/24 via 10.0.2.3 mtu 1400",
  "ip route add unreachable 198.18.0.0/15",
  "ip -6 route add fd00:2::/64 via fd00:1::1 metric 77",
];

/** One who has logged in twice, and root; who has logged out does not count. */
const people = [
  `useradd -m -s /bin/bash ${user}`,
  `install -d -m 700 -o ${user} -g ${user} /home/${user}/.ssh`,
  `printf '# a comment\\n\\n  ssh-ed25519 AAAAfirst one@host  \\nssh-rsa AAAAsecond' >/home/${user}/.ssh/authorized_keys`,
  `utmpdump -r >/run/utmp 2>/dev/null <<'END'
${session(7, user, logins.tester + 1000)}
${session(7, user, logins.tester)}
${session(7, "root", logins.root)}
${session(8, "daemon", 1_500_000_000)}
END`,
];

/** A line of utmpdump. Types: 7 is a login, 8 one that has ended. */
function session(type: number, name: string, seconds: number): string {
  const time = new Date(seconds * 1000).toISOString().replace(/\.(\d{3})Z/, ",$1000+00:00");
  return `[${type}] [00042] [ts/0] [${name.padEnd(8)}] [pts/0       ] [                    ] [0.0.0.0        ] [${time}]`;
}

const takeDown = [
  `: >/run/utmp`,
  `userdel -r ${user}`,
  "ip route del unreachable 198.18.0.0/15; ip route flush root 203.0.113.0/24; ip route del default; ip -6 route del fd00:2::/64",
  "umount /run/scene/*; rm -r /run/scene; losetup -d /dev/loop0; rm /mnt/ext4/scene.img; dmsetup remove scene",
  "exit 0",
];
