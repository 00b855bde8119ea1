import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import * as fs from "node:fs/promises";
import path from "node:path";
import { enabledUnits, excludedPaths, maskedUnits, packages, revision, sizes, suite } from "./image/recipe.ts";
import { run } from "./process.ts";
import { cacheFolder, makeWorkFolder } from "./work-folder.ts";

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
  const folder = path.join(cacheFolder(), `image-${await recipeKey()}`);
  if (!existsSync(folder)) {
    log(`building the guest image in ${folder}`);
    const started = Date.now();
    await build(folder);
    log(`built in ${((Date.now() - started) / 1000).toFixed(0)} s`);
  }
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

async function recipeKey(): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify({ enabledUnits, excludedPaths, maskedUnits, packages, revision, sizes, suite }));
  for (const name of await overlayFiles()) {
    const content = await fs.readFile(path.join(overlay, name));
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest("hex").slice(0, 16);
}

async function overlayFiles(): Promise<string[]> {
  const entries = await fs.readdir(overlay, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(overlay, path.join(entry.parentPath, entry.name)))
    .sort();
}

async function build(folder: string): Promise<void> {
  // Built under another name and renamed when complete, so that an interrupted build is never taken for an image.
  const work = await makeWorkFolder();
  try {
    await stageOverlay(path.join(work, "overlay"));
    await bootstrap(path.join(work, "overlay"), path.join(work, "root"));
    await makeDisks(work);
    await fs.rm(path.join(work, "overlay"), { recursive: true });
    await fs.rm(path.join(work, "root"), { recursive: true });
    await fs.rename(work, folder);
  } catch (error) {
    await fs.rm(work, { recursive: true, force: true });
    // another process may have built the same image in the meantime
    if (!existsSync(folder)) throw error;
  }
}

/** The files of `root/` with owner and modes that do not depend on the checkout's, and the links that enable and mask units. */
async function stageOverlay(target: string): Promise<void> {
  for (const name of await overlayFiles()) {
    const file = path.join(target, name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.copyFile(path.join(overlay, name), file);
    const executable = (await fs.readFile(file, "latin1")).startsWith("#!");
    await fs.chmod(file, executable ? 0o755 : 0o644);
  }
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

async function bootstrap(overlayCopy: string, root: string): Promise<void> {
  await run("mmdebstrap", [
    "--variant=minbase",
    "--format=directory",
    `--include=${packages.join(",")}`,
    '--aptopt=Apt::Install-Recommends "false"',
    ...(await hostAptOptions()).map((option) => `--aptopt=${option}`),
    // the overlay brings an fstab and such before the packages come
    "--dpkgopt=force-confold",
    ...excludedPaths.map((pattern) => `--dpkgopt=path-exclude=${pattern}`),
    // before the kernel is unpacked, so that its initrd is made once and with our settings
    `--essential-hook=sync-in ${overlayCopy} /`,
    suite,
    root,
    `deb ${await hostMirror()} ${suite} main`,
  ]);
}

/** The Debian mirror that this machine itself uses: the repository names none. */
async function hostMirror(): Promise<string> {
  const format = "$(ORIGIN) $(SUITE) $(REPO_URI)";
  const listing = await run("apt-get", ["indextargets", "--format", format, "Created-By: Packages"]);
  for (const line of listing.split("\n")) {
    const [origin, archive, uri] = line.split(" ");
    if (origin === "Debian" && archive !== undefined && uri !== undefined && !/-(security|updates|backports)/.test(archive)) return uri;
  }
  throw new Error("apt-get indextargets lists no Debian archive on this machine: is it Debian, and has apt-get update run?");
}

/** Proxy and clock settings, without which apt may not reach that mirror. */
async function hostAptOptions(): Promise<string[]> {
  const dump = await run("apt-config", ["dump", "--format", '%F "%v";%n', "Acquire"]);
  return dump.split("\n").filter((line) => /^Acquire::(https?::Proxy|Check-Date|Check-Valid-Until)\b/.test(line));
}

async function makeDisks(folder: string): Promise<void> {
  const root = path.join(folder, "root");
  const image = (name: string) => path.join(folder, `${name}.img`);
  for (const [name, size] of Object.entries(sizes)) {
    await fs.writeFile(image(name), "");
    await fs.truncate(image(name), size * 1024 * 1024);
  }
  const boot = await fs.readdir(path.join(root, "boot"));
  for (const [prefix, target] of [
    ["vmlinuz-", "vmlinuz"],
    ["initrd.img-", "initrd.img"],
  ] as const) {
    const name = boot.find((entry) => entry.startsWith(prefix));
    if (name === undefined) throw new Error(`the image's packages left no ${prefix}* in /boot`);
    await fs.rename(path.join(root, "boot", name), path.join(folder, target));
  }
  await fs.writeFile(path.join(root, "etc/machine-id"), "0123456789abcdef0123456789abcdef\n");
  await fs.rm(path.join(root, "etc/resolv.conf"), { force: true });
  // no lazy initialisation: the kernel would write to the disk in the background long after the boot
  const options = "lazy_itable_init=0,lazy_journal_init=0";
  await run("mke2fs", ["-q", "-t", "ext4", "-m", "0", "-E", options, "-d", root, image("root")]);
  await run("mke2fs", ["-q", "-t", "ext4", "-m", "0", "-E", options, image("ext4")]);
  await run("mkfs.xfs", ["-q", image("xfs")]);
  await run("mkswap", ["-q", image("swap")]);
}
