import * as fs from "node:fs/promises";
import path from "node:path";
import { guestImage } from "./image.ts";
import { pcArguments } from "./pc.ts";
import { run } from "./process.ts";
import { makeWorkFolder } from "./work-folder.ts";

/** A machine's own copies, in a folder of its own; they outlive one run of QEMU, so that a machine can hibernate and resume. */
export interface Disks {
  readonly folder: string;
  readonly root: string;
  readonly ext4: string;
  readonly xfs: string;
  /** The program that emulates the machine they belong to, and its arguments. */
  qemu(kernelArguments: string): { readonly program: string; readonly args: readonly string[] };
  remove(): Promise<void>;
}

export interface PcDisks extends Disks {
  readonly swap: string;
  /** Empty, on the IDE controller, which takes no device while the machine runs. */
  readonly ide: string;
}

export async function copyDisks(executable: string, log?: (line: string) => void): Promise<PcDisks> {
  const image = await guestImage(log);
  const { folder, root, ext4, xfs, swap, remove } = await copyImages(image, ["root", "ext4", "xfs", "swap"]);
  const ide = path.join(folder, "ide.img");
  await fs.writeFile(ide, "");
  await fs.truncate(ide, 8 * 1024 * 1024);
  await installExecutable(root, executable);
  const disks = { folder, root, ext4, xfs, swap, ide };
  const qemu = (kernelArguments: string) => ({ program: "qemu-system-x86_64", args: pcArguments(image, disks, kernelArguments) });
  return { ...disks, qemu, remove };
}

/** Copies images into a new folder for one machine. */
export async function copyImages<Name extends string>(image: Readonly<Record<Name, string>>, names: readonly Name[]) {
  const folder = await makeWorkFolder();
  const copies = Object.fromEntries(names.map((name) => [name, path.join(folder, `${name}.img`)])) as Record<Name, string>;
  for (const name of names) await run("cp", ["--sparse=always", "--reflink=auto", image[name], copies[name]]);
  return { folder, ...copies, remove: () => fs.rm(folder, { recursive: true, force: true }) };
}

/** @param name what it is called in /usr/local/sbin. */
export async function installExecutable(disk: string, executable: string, name = "lodger"): Promise<void> {
  await installFile(disk, executable, `/usr/local/sbin/${name}`);
}

/** debugfs writes into the file system without mounting it. @param target a path in a folder that is there, or whose parent is. */
export async function installFile(disk: string, file: string, target: string): Promise<void> {
  const { dir, base } = path.parse(target);
  const commands = [
    // says so and goes on where it is there
    `mkdir ${dir}`,
    `cd ${dir}`,
    `write "${path.resolve(file)}" ${base}`,
    `sif ${base} mode 0100755`,
    `sif ${base} uid 0`,
    `sif ${base} gid 0`,
    `stat ${base}`,
  ];
  const said = await run("debugfs", ["-w", "-f", "-", disk], { input: `${commands.join("\n")}\n` });
  // debugfs ends with status 0 whatever happens; the stat shows whether the file is there, and whole
  const size = (await fs.stat(file)).size;
  if (!said.includes(`Size: ${size}`)) throw new Error(`debugfs did not write ${file} into ${disk}:\n${said}`);
}
