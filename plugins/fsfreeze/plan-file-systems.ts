/** The file systems on block devices among the mounts, each once. */
import type { Mount } from "../../core/plugin.ts";
import type { Devices } from "./plan-devices.ts";

export interface FileSystem {
  /** Its first mount, which stands for it. */
  readonly first: Mount;
  /** The place of its first mount in the list of mounts. */
  readonly position: number;
  readonly device: string;
  /** All block devices that hold it. */
  readonly devices: readonly string[];
  /** In the order of mounting. */
  readonly mounts: readonly Mount[];
}

/**
 * @param mounts in the order of mounting.
 * @returns each file system that has a block device, also of the kinds that never freeze, in the order of their first mounts.
 */
export function fileSystemsOf(mounts: readonly Mount[], devices: Devices): FileSystem[] {
  const found = new Map<string, FileSystem & { readonly mounts: Mount[] }>();
  for (const [position, mount] of mounts.entries()) {
    if (mount.major === 0 && mount.type !== "btrfs") continue;
    const device = deviceOf(mount, devices);
    const holding = devicesOf(mount, device, devices);
    // A btrfs whose device nobody knows has another anonymous number for each subvolume, but one source.
    const key = device.startsWith("0:") ? mount.source : (holding[0] ?? device);
    const known = found.get(key);
    if (known === undefined) found.set(key, { first: mount, position, device, devices: holding, mounts: [mount] });
    else known.mounts.push(mount);
  }
  return [...found.values()];
}

function deviceOf({ major, minor, source }: Mount, devices: Devices): string {
  const known = major === 0 ? devices.at(source)?.device : undefined;
  return known ?? `${major}:${minor}`;
}

function devicesOf({ type, source }: Mount, device: string, devices: Devices): readonly string[] {
  if (type === "btrfs") return devices.btrfsOf(device);
  // The list of its devices is bcachefs's source.
  if (type === "bcachefs") return [device, ...source.split(":").flatMap((path) => devices.at(path)?.device ?? [])];
  return [device];
}
