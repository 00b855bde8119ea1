/** Disks, the file systems on them, and their counters: guest-get-disks, guest-get-fsinfo, guest-get-diskstats, guest-fstrim. */
import { command, definePlugin, Files, failed, Mounts, OsError, onlyOn, Storage, Type } from "../../core/plugin.ts";
import { type DiskStatistics, parseDiskStatistics } from "./disk-statistics.ts";
import { listDisks } from "./disks.ts";
import { listFileSystems } from "./file-systems.ts";
import { mountedHere } from "./mounted.ts";
import { nativeDisks, nativeVolumes } from "./native.ts";
import { DiskStats, DiskType, FileSystemType, TrimmedPath } from "./schema.ts";
import { trimAll } from "./trim.ts";

const COUNTERS = "/proc/diskstats";

export default definePlugin({
  name: "storage",
  needs: { files: Files, mounts: Mounts, storage: Storage },
  commands: ({ files, mounts, storage }) => [
    command({
      name: "guest-fstrim",
      since: "1.2",
      summary: "Tells the devices below all local file systems which blocks are unused, one file system after another.",
      profile: "standard",
      privilege: "CAP_SYS_ADMIN: trims file systems by ioctl.",
      parity: "better: the agent answers others meanwhile, and a file system whose trim hangs keeps no later request from the rest",
      arguments: Type.Object({
        minimum: Type.Optional(
          Type.Int64({ description: "Shortest unused range that is worth it, in bytes; 0 for every one.", default: 0 }),
        ),
      }),
      returns: Type.Object({ paths: Type.Array(TrimmedPath, { description: "The latest mount first." }) }),
      supported: onlyOn(["linux"], "only Linux trims by a call that says what was trimmed; Windows trims its volumes by itself"),
      run: async ({ minimum = 0 }, { signal, log }) => ({ paths: await trimAll(await mountedHere(mounts), minimum, storage, signal, log) }),
    }),
    command({
      name: "guest-get-disks",
      since: "5.2",
      summary: "Lists disks, virtual ones too, and their partitions.",
      profile: "observe",
      privilege: "CAP_SYS_ADMIN for the health of NVMe disks.",
      parity: "better: SCSI targets and paths of NVMe disks are told as they are, and a disk that hangs holds nothing up",
      returns: Type.Array(DiskType),
      supported: onlyOn(["linux", "win32"], "lodger can't list the disks of macOS yet"),
      run: async (_, { log }) => (await nativeDisks(storage)) ?? listDisks(files, storage, log),
    }),
    command({
      name: "guest-get-fsinfo",
      since: "2.2",
      summary: "Lists the local file systems that are mounted, with their space and the disks that they lie on.",
      profile: "observe",
      parity: "better: a file system that doesn't answer is listed without its space, the others complete",
      returns: Type.Array(FileSystemType),
      supported: onlyOn(["linux", "win32"], "lodger can't list the volumes of macOS yet"),
      run: async (_, { log }) => (await nativeVolumes(storage)) ?? listFileSystems(await mountedHere(mounts), files, storage, log),
    }),
    command({
      name: "guest-get-diskstats",
      since: "7.1",
      summary: "Counts what disks and partitions have done since the boot.",
      profile: "observe",
      parity: "same",
      returns: Type.Array(DiskStats),
      supported: onlyOn(["linux"], "the interface has these counters for Linux only"),
      run: async () => readStatistics(files),
    }),
  ],
});

async function readStatistics(files: Files): Promise<DiskStatistics[]> {
  try {
    return parseDiskStatistics(await files.readText(COUNTERS));
  } catch (error) {
    throw error instanceof OsError ? failed(`open("${COUNTERS}"): ${error.message}`) : error;
  }
}
