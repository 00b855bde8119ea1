import * as fs from "node:fs/promises";
import path from "node:path";
import { bootstrap } from "./bootstrap.ts";
import { cachedImage, stageFiles } from "./cached-image.ts";
import { enabledUnits, excludedPaths, maskedUnits, packages, revision, sizes, suite } from "./image/recipe.ts";
import { makeDisks, moveFromBoot } from "./image-disks.ts";
import { run } from "./process.ts";

/** Files which a machine boots from. They are never written to: machines work on copies. */
export interface GuestImage {
  readonly kernel: string;
  readonly initrd: string;
  readonly root: string;
  readonly ext4: string;
  readonly xfs: string;
  readonly swap: string;
}

const overlay = path.join(import.meta.dirname, "image", "root");

/** The image of the present recipe: from the cache, or built (about a minute, most of it Debian's packages). */
export async function guestImage(log: (line: string) => void = console.log): Promise<GuestImage> {
  const ingredients = { enabledUnits, excludedPaths, maskedUnits, packages, revision, sizes, suite };
  const folder = await cachedImage({ name: "image", ingredients, overlay, build }, log);
  const file = (name: string) => path.join(folder, name);
  return {
    kernel: file("vmlinuz"),
    initrd: file("initrd.img"),
    root: file("root.img"),
    ext4: file("ext4.img"),
    xfs: file("xfs.img"),
    swap: file("swap.img"),
  };
}

async function build(work: string): Promise<void> {
  await stageOverlay(path.join(work, "overlay"));
  await bootstrap(suite, path.join(work, "root"), packages, [
    "--variant=minbase",
    // the overlay brings an fstab and such before the packages come
    "--dpkgopt=force-confold",
    ...excludedPaths.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    // before the kernel is unpacked, so that its initrd is made once and with our settings
    `--essential-hook=sync-in ${path.join(work, "overlay")} /`,
  ]);
  await fs.rm(path.join(work, "overlay"), { recursive: true });
  await moveFromBoot(work, "vmlinuz-", "vmlinuz");
  await moveFromBoot(work, "initrd.img-", "initrd.img");
  await fs.writeFile(path.join(work, "root/etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
  await fs.rm(path.join(work, "root/etc/resolv.conf"), { force: true });
  await makeDisks(work, sizes);
  await run("mkswap", ["-q", path.join(work, "swap.img")]);
}

/** The files of `root/` with owner and modes that do not depend on the checkout's, and the links that enable and mask units. */
async function stageOverlay(target: string): Promise<void> {
  await stageFiles(overlay, target);
  await fs.mkdir(path.join(target, "mnt/ext4"), { recursive: true });
  await fs.mkdir(path.join(target, "mnt/xfs"), { recursive: true });
  const units = path.join(target, "etc/systemd/system");
  for (const { unit, wantedBy } of enabledUnits) {
    await fs.mkdir(path.join(units, `${wantedBy}.wants`), { recursive: true });
    await fs.symlink(`../${unit}`, path.join(units, `${wantedBy}.wants`, unit));
  }
  for (const unit of maskedUnits) await fs.symlink("/dev/null", path.join(units, unit));
  for (const entry of await fs.readdir(target, { recursive: true })) await fs.lchown(path.join(target, entry), 0, 0);
  await fs.lchown(target, 0, 0);
}
