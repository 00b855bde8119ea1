/** guest-get-fsinfo: the local file systems, their space, and the disks they lie on. */
import { basename } from "node:path/posix";
import { type Files, type Log, type Mount, OsError, type Storage } from "../../core/plugin.ts";
import { addressesBelow, type DiskAddress } from "./address.ts";
import { exact } from "./exact.ts";
import { unlessOsError } from "./sysfs.ts";

export interface FileSystem {
  readonly name: string;
  readonly mountpoint: string;
  readonly type: string;
  "used-bytes"?: number | bigint;
  "total-bytes"?: number | bigint;
  "total-bytes-privileged"?: number | bigint;
  readonly disk: DiskAddress[];
}

/** @param mounts in the order of the answer. */
export async function listFileSystems(mounts: readonly Mount[], files: Files, storage: Storage, log: Log): Promise<FileSystem[]> {
  const fileSystems: FileSystem[] = [];
  for (const mount of mounts) fileSystems.push(await describe(mount, files, storage, log));
  return fileSystems;
}

async function describe(mount: Mount, files: Files, storage: Storage, log: Log): Promise<FileSystem> {
  const { mountPoint, type, major, minor } = mount;
  const device = `${major}:${minor}`;
  const folder = await unlessOsError(files.realPath(`/sys/dev/block/${device}`));
  return {
    name: basename(folder ?? device),
    mountpoint: mountPoint,
    type,
    ...(await space(mountPoint, storage, log)),
    disk: folder === undefined ? [] : await addressesBelow(folder, files),
  };
}

/** A file system that doesn't answer is still one that is there. */
async function space(mountPoint: string, storage: Storage, log: Log): Promise<Partial<FileSystem>> {
  try {
    const { used, total, totalPrivileged } = await storage.space(mountPoint);
    return { "used-bytes": exact(used), "total-bytes": exact(total), "total-bytes-privileged": exact(totalPrivileged) };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    log.warning(`the space of ${mountPoint} can't be read: ${error.message}`);
    return {};
  }
}
