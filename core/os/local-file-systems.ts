/** Which of the mounted file systems are local: those that are trimmed and reported. */
import type { Mount } from "./ports.ts";

/**
 * Each file system on a block device once, by its first mount point, as in qemu-ga.
 * @param mounts in the order of mounting, which the result keeps.
 */
export function localFileSystems(mounts: readonly Mount[]): Mount[] {
  const firstOf = new Map<string, Mount>();
  for (const mount of mounts) {
    const device = `${mount.major}:${mount.minor}`;
    if (mount.major !== 0 && !firstOf.has(device)) firstOf.set(device, mount);
  }
  return [...firstOf.values()];
}
