/** Which of the mounted file systems are local: those that are frozen, trimmed and reported. */
import type { Mount } from "./ports.ts";

export interface LeftOut {
  readonly mount: Mount;
  readonly reason: string;
}

export interface LocalFileSystems {
  /** In the order of mounting. */
  readonly local: readonly Mount[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * Each file system on a block device once, by its first mount point, as in qemu-ga.
 * @param mounts in the order of mounting.
 */
export function localFileSystems(mounts: readonly Mount[]): LocalFileSystems {
  const firstOf = new Map<string, Mount>();
  const leftOut: LeftOut[] = [];
  for (const mount of mounts) {
    const device = `${mount.major}:${mount.minor}`;
    const first = firstOf.get(device);
    if (mount.major === 0) leftOut.push({ mount, reason: "is on no block device" });
    else if (first !== undefined) leftOut.push({ mount, reason: `is the file system of ${first.mountPoint}` });
    else firstOf.set(device, mount);
  }
  return { local: [...firstOf.values()], leftOut };
}
