/** What the test guest is made of. Together with the files below `root/` it decides the key of the cache. */

export const suite = "bookworm";

export const packages = [
  // guest-shutdown and systemctl suspend talk to systemd and logind over D-Bus
  "systemd",
  "systemd-sysv",
  "dbus",
  "libpam-systemd",
  "udev",
  "kmod",
  "iproute2",
  "e2fsprogs",
  "procps",
  "linux-image-cloud-amd64",
  "initramfs-tools",
  "lz4",
  // lies unused beside the agent under test, to be started by hand
  "qemu-guest-agent",
  // what shows that a key or a password lets its owner in
  "openssh-server",
  "openssh-client",
  // a client of vsock that is not ours
  "socat",
  // partitions
  "fdisk",
  // subvolumes
  "btrfs-progs",
  // time zones
  "tzdata",
];

/** Not unpacked: nobody reads a manual in there, and udev's names of hardware only slow it down. */
export const excludedPaths = [
  "/usr/lib/udev/hwdb.d/*",
  "/usr/share/doc/*",
  "/usr/share/man/*",
  "/usr/share/info/*",
  "/usr/share/locale/*",
  "/usr/share/bash-completion/*",
];

export const enabledUnits = [
  { unit: "lodger.service", wantedBy: "multi-user.target" },
  { unit: "guest-shell.service", wantedBy: "sysinit.target" },
  { unit: "guest-net.service", wantedBy: "multi-user.target" },
  { unit: "guest-files.service", wantedBy: "multi-user.target" },
];

/** Would slow the boot, write to the disk at some moment of their own, or answer on our port. */
export const maskedUnits = [
  "qemu-guest-agent.service",
  "ssh.service",
  "ssh.socket",
  "apt-daily.timer",
  "apt-daily-upgrade.timer",
  "dpkg-db-backup.timer",
  "e2scrub_all.timer",
  "e2scrub_reap.service",
  "fstrim.timer",
  "systemd-tmpfiles-clean.timer",
  "systemd-timesyncd.service",
  "systemd-networkd-wait-online.service",
  "systemd-pstore.service",
  "systemd-random-seed.service",
  "systemd-update-utmp.service",
  "systemd-update-utmp-runlevel.service",
  "systemd-journal-flush.service",
  "systemd-firstboot.service",
  "systemd-binfmt.service",
  "systemd-sysusers.service",
  "systemd-sysctl.service",
  "systemd-modules-load.service",
  "getty@tty1.service",
  "serial-getty@ttyS0.service",
  "kmod-static-nodes.service",
  "modprobe@configfs.service",
  "modprobe@drm.service",
  "modprobe@fuse.service",
  "modprobe@dm_mod.service",
  "modprobe@loop.service",
  "modprobe@efi_pstore.service",
  "dev-hugepages.mount",
  "dev-mqueue.mount",
  "sys-kernel-debug.mount",
  "sys-kernel-tracing.mount",
  "sys-kernel-config.mount",
  "sys-fs-fuse-connections.mount",
];

/** Sizes of the disks in MiB; all are sparse files. mkfs.xfs makes none below 300. */
export const sizes = { root: 1280, ext4: 96, xfs: 320, swap: 1024 };

/** Written by the recipe and no other file of the image: raised by hand when only the building code changes. */
export const revision = 1;
