import type { GuestImage } from "./image.ts";
import { channels, drive, nothingElse } from "./qemu.ts";

/** The files that the PC's disks are. */
interface Files {
  readonly folder: string;
  readonly root: string;
  readonly ext4: string;
  readonly xfs: string;
  readonly swap: string;
  readonly ide: string;
}

const commandLine =
  "root=/dev/vda rw resume=/dev/vdd console=ttyS0 net.ifnames=0 mitigations=off fsck.mode=skip quiet loglevel=4 systemd.show_status=1 no_console_suspend";

export function pcArguments(image: GuestImage, disks: Files, kernelArguments: string): string[] {
  return [
    ...[...nothingElse, "-vga", "none"],
    ...["-machine", "pc", "-accel", "tcg", "-cpu", "Nehalem", "-smp", "2"],
    // a slot for the memory that a test plugs in
    ...["-m", "size=1024M,slots=1,maxmem=2G"],
    ...["-global", "PIIX4_PM.disable_s3=0", "-global", "PIIX4_PM.disable_s4=0"],
    ...["-kernel", image.kernel, "-initrd", image.initrd, "-append", `${commandLine} ${kernelArguments}`],
    ...[disks.root, disks.ext4, disks.xfs, disks.swap].flatMap((file) => drive(file, "if=virtio")),
    ...["-drive", `file=${disks.ide},format=raw,if=none,id=ide`, "-device", "ide-hd,drive=ide,bus=ide.1,unit=1,serial=IDE-1"],
    ...channels(disks.folder),
    ...["-serial", "chardev:shell"],
  ];
}
