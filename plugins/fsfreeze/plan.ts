/** What is to be frozen and thawed, and in which order: plain values from the list of mounts. */
import { type LeftOut, localFileSystems, type Mount } from "../../core/plugin.ts";

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
  const { local, leftOut } = localFileSystems(mounts);
  const chosen = local.filter(({ mountPoint }) => wanted === undefined || wanted.has(mountPoint));
  const unwanted = local.filter((mount) => !chosen.includes(mount)).map((mount) => ({ mount, reason: "is not in the client's list" }));
  return { freeze: chosen.toReversed(), thaw: chosen, leftOut: [...leftOut, ...unwanted] };
}
