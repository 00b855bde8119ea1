/** The file systems that are reported and trimmed. */
import { failed, localFileSystems, type Mount, type Mounts, OsError } from "../../core/plugin.ts";

/**
 * @returns the local ones, the latest mount first, as in qemu-ga.
 * @throws CommandError if the system doesn't tell what is mounted.
 */
export async function mountedHere(mounts: Mounts): Promise<Mount[]> {
  try {
    return localFileSystems(await mounts.list()).toReversed();
  } catch (error) {
    throw error instanceof OsError ? failed(`failed to open mtab file: '/proc/self/mounts': ${error.message}`) : error;
  }
}
