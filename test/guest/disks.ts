import * as fs from "node:fs/promises";
import path from "node:path";
import { type GuestImage, guestImage } from "./image.ts";
import { run } from "./process.ts";
import { makeWorkFolder } from "./work-folder.ts";

/** A machine's own copies, in a folder of its own; they outlive one run of QEMU, so that a machine can hibernate and resume. */
export interface Disks {
  readonly image: GuestImage;
  readonly folder: string;
  readonly root: string;
  readonly ext4: string;
  readonly xfs: string;
  readonly swap: string;
  /** Empty, on the IDE controller, which takes no device while the machine runs. */
  readonly ide: string;
  remove(): Promise<void>;
}

export async function copyDisks(executable: string, log?: (line: string) => void): Promise<Disks> {
  const image = await guestImage(log);
  const folder = await makeWorkFolder();
  const copies = {
    root: path.join(folder, "root.img"),
    ext4: path.join(folder, "ext4.img"),
    xfs: path.join(folder, "xfs.img"),
    swap: path.join(folder, "swap.img"),
  };
  for (const name of ["root", "ext4", "xfs", "swap"] as const)
    await run("cp", ["--sparse=always", "--reflink=auto", image[name], copies[name]]);
  const ide = path.join(folder, "ide.img");
  await fs.writeFile(ide, "");
  await fs.truncate(ide, 8 * 1024 * 1024);
  await installExecutable(copies.root, executable);
  return { image, folder, ...copies, ide, remove: () => fs.rm(folder, { recursive: true, force: true }) };
}

/** debugfs writes into the file system without mounting it. @param name what it is called in /usr/local/sbin. */
export async function installExecutable(disk: string, executable: string, name = "lodger"): Promise<void> {
  const commands = [
    "cd /usr/local/sbin",
    `write "${path.resolve(executable)}" ${name}`,
    `sif ${name} mode 0100755`,
    `sif ${name} uid 0`,
    `sif ${name} gid 0`,
    `stat ${name}`,
  ];
  const said = await run("debugfs", ["-w", "-f", "-", disk], { input: `${commands.join("\n")}\n` });
  // debugfs ends with status 0 whatever happens; the stat shows whether the file is there, and whole
  const size = (await fs.stat(executable)).size;
  if (!said.includes(`Size: ${size}`)) throw new Error(`debugfs did not write ${executable} into ${disk}:\n${said}`);
}
