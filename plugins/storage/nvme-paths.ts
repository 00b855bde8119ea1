/** NVMe disks that can be reached through several controllers. */
import { basename } from "node:path/posix";
import type { Files } from "../../core/plugin.ts";
import { namesIn, unlessOsError } from "./sysfs.ts";

/** "nvme-subsys1/nvme1n2", and perhaps a partition behind. */
const SHARED = /^(.*\/nvme-subsystem\/[^/]+)\/nvme(\d+)n(\d+)(\/|$)/;

/**
 * The kernel gives such a disk a folder of its own, away from its controllers, which have each a hidden one: nvme1n2 is reached through
 * nvme1c1n2 and nvme1c4n2.
 * @param folder of a block device in /sys/devices.
 * @returns the folders of its ways in the order of the controllers' numbers; of any other device, the folder itself.
 */
export async function nvmePaths(folder: string, files: Files): Promise<readonly string[]> {
  const [, subsystem, instance, namespace] = SHARED.exec(folder) ?? [];
  if (subsystem === undefined || instance === undefined || namespace === undefined) return [folder];
  const way = new RegExp(`^nvme${instance}c\\d+n${namespace}$`);
  const paths: string[] = [];
  for (const controller of await controllersOf(subsystem, files)) {
    for (const name of await namesIn(files, controller)) if (way.test(name)) paths.push(`${controller}/${name}`);
  }
  return paths.length === 0 ? [folder] : paths;
}

async function controllersOf(subsystem: string, files: Files): Promise<string[]> {
  const names = (await namesIn(files, subsystem)).filter((name) => /^nvme\d+$/.test(name));
  const folders: string[] = [];
  for (const name of names) {
    const folder = await unlessOsError(files.realPath(`${subsystem}/${name}`));
    if (folder !== undefined) folders.push(folder);
  }
  const number = (path: string) => Number(basename(path).slice("nvme".length));
  return folders.sort((one, other) => number(one) - number(other));
}
