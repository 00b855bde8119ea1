import * as fs from "node:fs/promises";
import path from "node:path";
import { bootstrap } from "../bootstrap.ts";
import { cachedImage, stageFiles } from "../cached-image.ts";
import { copyImages, type Disks, installExecutable } from "../disks.ts";
import { makeDisks, moveFromBoot } from "../image-disks.ts";
import { run } from "../process.ts";
import { channels, drive, nothingElse } from "../qemu.ts";
import { buildStandIns, standIns } from "./stand-ins.ts";

const suite = "bookworm";

const packages = [
  "linux-image-cloud-arm64",
  // an init whose shutdown is a real one, and which starts in no time
  "sysvinit-core",
  "bash",
  "busybox-static",
  // pgrep by whole command lines
  "procps",
  "base-files",
  "tzdata",
  // what the executables need
  "libc6",
  "libstdc++6",
  "libatomic1",
  "musl",
];

const excludedPaths = ["/usr/share/doc/*", "/usr/share/man/*", "/usr/share/locale/*", "/usr/share/perl/*", "/usr/lib/*/perl*/*"];

/** In MiB, as sparse files. */
const sizes = { root: 768, ext4: 96, xfs: 320 };

const overlay = path.join(import.meta.dirname, "root");
const shell = path.join(import.meta.dirname, "../image/root/usr/local/sbin/guest-shell");

/** Raised by hand when only the building code changes. */
const revision = 1;

/** Its own copies of the disks of a guest with Debian's arm64 kernel, and executables in /usr/local/sbin, by name. */
export async function copyArm64Disks(executables: Readonly<Record<string, string>>): Promise<Disks> {
  const ingredients = { suite, packages, excludedPaths, sizes, revision, standIns, shell: await fs.readFile(shell, "utf8") };
  const image = await cachedImage({ name: "arm64", ingredients, overlay, build }, console.log);
  const file = (name: string) => path.join(image, `${name}.img`);
  const disks = await copyImages({ root: file("root"), ext4: file("ext4"), xfs: file("xfs") }, ["root", "ext4", "xfs"]);
  for (const [name, executable] of Object.entries(executables)) await installExecutable(disks.root, executable, name);
  const args = (kernelArguments: string) => qemuArguments(path.join(image, "vmlinuz"), disks, kernelArguments);
  return { ...disks, qemu: (kernelArguments) => ({ program: "qemu-system-aarch64", args: args(kernelArguments) }) };
}

/** Debian's packages are only unpacked: none of their scripts, for another processor, has to run. */
async function build(folder: string): Promise<void> {
  const root = path.join(folder, "root");
  await bootstrap(suite, root, packages, [
    "--variant=extract",
    "--architectures=arm64",
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    ...excludedPaths.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
  ]);
  for (const version of await fs.readdir(path.join(root, "usr/lib/modules"))) await run("depmod", ["-b", root, version]);
  await stageFiles(overlay, root);
  await fs.copyFile(shell, path.join(root, "usr/local/sbin/guest-shell"));
  await fs.chmod(path.join(root, "usr/local/sbin/guest-shell"), 0o755);
  await fs.symlink("bash", path.join(root, "usr/bin/sh"));
  for (const name of ["mnt/ext4", "mnt/xfs", "usr/local/bin"]) await fs.mkdir(path.join(root, name), { recursive: true });
  await buildStandIns(path.join(root, "usr/local/lib/musl"));
  await moveFromBoot(folder, "vmlinuz-", "vmlinuz");
  await makeDisks(folder, sizes);
}

const commandLine =
  "rw rootwait root=/dev/nvme0n1 init=/usr/local/sbin/guest-boot console=ttyAMA0 mitigations=off quiet loglevel=4 panic=-1";

/** No initrd: NVMe is what the kernel has built in. */
function qemuArguments(kernel: string, disks: Omit<Disks, "qemu">, kernelArguments: string): string[] {
  const namespace = (name: "root" | "ext4" | "xfs", index: number) => [
    ...drive(disks[name], `if=none,id=${name}`),
    ...["-device", `nvme-ns,drive=${name},nsid=${index + 1}`],
  ];
  return [
    ...nothingElse,
    // with panic=-1: a guest that can't start ends the test at once
    "-no-reboot",
    // the oldest processor of the kind, and the one that is emulated fastest
    ...["-machine", "virt", "-accel", "tcg,thread=multi", "-cpu", "cortex-a57", "-smp", "2", "-m", "1024M"],
    ...["-kernel", kernel, "-append", `${commandLine} ${kernelArguments}`],
    ...["-device", "nvme,id=nvme,serial=guest", ...(["root", "ext4", "xfs"] as const).flatMap(namespace)],
    ...channels(disks.folder),
    ...["-device", "pci-serial,chardev=shell"],
  ];
}
