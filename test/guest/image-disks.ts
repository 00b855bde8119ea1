import * as fs from "node:fs/promises";
import path from "node:path";
import { run } from "./process.ts";

// no lazy initialisation: the kernel would write to the disk in the background long after the boot
const ext4Options = ["-q", "-t", "ext4", "-m", "0", "-E", "lazy_itable_init=0,lazy_journal_init=0"];

/**
 * Makes a sparse disk image NAME.img in `folder` for each of `sizes` (in MiB). `root` gets what lies in the folder of that name, which is
 * taken away; `ext4` and `xfs` get empty file systems; others stay without.
 */
export async function makeDisks(folder: string, sizes: Readonly<Record<string, number>> & Record<"root" | "ext4" | "xfs", number>) {
  const image = (name: string) => path.join(folder, `${name}.img`);
  for (const [name, size] of Object.entries(sizes)) {
    await fs.writeFile(image(name), "");
    await fs.truncate(image(name), size * 1024 * 1024);
  }
  const root = path.join(folder, "root");
  await run("mke2fs", [...ext4Options, "-d", root, image("root")]);
  await fs.rm(root, { recursive: true });
  await run("mke2fs", [...ext4Options, image("ext4")]);
  await run("mkfs.xfs", ["-q", image("xfs")]);
}

/** Moves a file of the image's /boot, named by how it begins, into the image's folder. */
export async function moveFromBoot(folder: string, prefix: string, target: string): Promise<void> {
  const boot = path.join(folder, "root/boot");
  const name = (await fs.readdir(boot)).find((entry) => entry.startsWith(prefix));
  if (name === undefined) throw new Error(`the image's packages left no ${prefix}* in /boot`);
  await fs.rename(path.join(boot, name), path.join(folder, target));
}
