/** guest-get-disks: every disk that has a size, with its partitions. */
import { type Files, failed, type Log, OsError, type Storage } from "../../core/plugin.ts";
import { addressesOf, type DiskAddress, lowerDevices } from "./address.ts";
import { decodeNvmeHealth, type NvmeHealth } from "./nvme-health.ts";
import { type BlockDevice, namesIn, readBlockDevice, readNode, unlessOsError } from "./sysfs.ts";

const DISKS = "/sys/block";

export interface Disk {
  readonly name: string;
  readonly partition: boolean;
  readonly dependencies: string[];
  address?: DiskAddress;
  alias?: string;
  smart?: NvmeHealth;
}

/** @returns in qemu-ga's order: the system's from its end, partitions before their disk. */
export async function listDisks(files: Files, storage: Storage, log: Log): Promise<Disk[]> {
  const disks: Disk[] = [];
  for (const name of await diskNames(files)) {
    const folder = await unlessOsError(files.realPath(`${DISKS}/${name}`));
    if (folder === undefined || !(await hasSize(files, folder))) continue;
    const device = await readBlockDevice(files, folder);
    if (device.node === undefined) log.debug(`${folder} has no device node`);
    else
      disks.push(await describeDisk(device, device.node, files, storage, log), ...(await listPartitions(device.node, name, folder, files)));
  }
  return disks.reverse();
}

async function diskNames(files: Files): Promise<readonly string[]> {
  try {
    return await files.list(DISKS);
  } catch (error) {
    throw error instanceof OsError ? failed(`Can't open directory "${DISKS}": ${error.message}`) : error;
  }
}

/** A drive without a medium and an unused loop device have none. */
async function hasSize(files: Files, folder: string): Promise<boolean> {
  const sectors = (await unlessOsError(files.readText(`${folder}/size`)))?.trim() ?? "0";
  return sectors !== "0";
}

async function describeDisk(device: BlockDevice, node: string, files: Files, storage: Storage, log: Log): Promise<Disk> {
  const { folder } = device;
  const disk: Disk = { name: node, partition: false, dependencies: await lowerNodes(files, folder) };
  const [address] = await addressesOf(device, files);
  if (address !== undefined) disk.address = address;
  const alias = (await unlessOsError(files.readText(`${folder}/dm/name`)))?.replace(/\n$/, "");
  if (alias !== undefined) disk.alias = alias;
  const smart = address?.["bus-type"] === "nvme" ? await readHealth(node, storage, log) : undefined;
  if (smart !== undefined) disk.smart = smart;
  return disk;
}

/** The devices that a virtual one is made of. */
async function lowerNodes(files: Files, folder: string): Promise<string[]> {
  const nodes: string[] = [];
  for (const lower of await lowerDevices(folder, files)) {
    const node = await readNode(files, lower);
    if (node !== undefined) nodes.push(node);
  }
  return nodes;
}

async function listPartitions(disk: string, diskName: string, folder: string, files: Files): Promise<Disk[]> {
  const partitions: Disk[] = [];
  for (const name of await namesIn(files, folder)) {
    // The kernel names a partition after its disk; the other names aren't worth a look.
    if (!name.startsWith(diskName)) continue;
    if ((await unlessOsError(files.readText(`${folder}/${name}/partition`))) === undefined) continue;
    const node = await readNode(files, `${folder}/${name}`);
    if (node !== undefined) partitions.push({ name: node, partition: true, dependencies: [disk] });
  }
  return partitions;
}

async function readHealth(node: string, storage: Storage, log: Log): Promise<NvmeHealth | undefined> {
  try {
    return decodeNvmeHealth(await storage.nvmeHealth(node));
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    log.warning(`the health of ${node} can't be read: ${error.message}`);
    return undefined;
  }
}
