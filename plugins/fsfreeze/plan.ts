/** What is to be frozen and thawed, and in which order: plain values from the list of mounts. */
import type { Mount } from "../../core/plugin.ts";

export interface LeftOut {
  readonly mount: Mount;
  readonly reason: string;
}

export interface Plan {
  /** Latest mount first: an image's file system freezes before the one that holds the image. */
  readonly freeze: readonly Mount[];
  /** The other way round. */
  readonly thaw: readonly Mount[];
  readonly leftOut: readonly LeftOut[];
}

/**
 * @param mounts in the order of mounting.
 * @param only mount points that shall freeze; all that can, without it. A name that is not the first mount point of its file system
 * selects nothing, as in qemu-ga.
 */
export function plan(mounts: readonly Mount[], only?: readonly string[]): Plan {
  const wanted = only === undefined ? undefined : new Set(only);
  const firstOf = new Map<string, Mount>();
  const chosen: Mount[] = [];
  const leftOut: LeftOut[] = [];
  for (const mount of mounts) {
    const device = `${mount.major}:${mount.minor}`;
    const first = firstOf.get(device);
    if (mount.major === 0) {
      leftOut.push({ mount, reason: "is on no block device" });
    } else if (first !== undefined) {
      leftOut.push({ mount, reason: `is the file system of ${first.mountPoint}` });
    } else {
      firstOf.set(device, mount);
      if (wanted === undefined || wanted.has(mount.mountPoint)) chosen.push(mount);
      else leftOut.push({ mount, reason: "is not in the client's list" });
    }
  }
  return { freeze: chosen.toReversed(), thaw: chosen, leftOut };
}
