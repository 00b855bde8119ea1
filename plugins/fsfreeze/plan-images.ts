/** Which image files lie beneath a file system, and which file systems hold those. */
import type { BlockDevice, Mount } from "../../core/plugin.ts";
import type { Devices } from "./plan-devices.ts";
import type { FileSystem } from "./plan-file-systems.ts";
import { type Place, Places } from "./plan-places.ts";

export interface Image {
  /** As the kernel tells it. */
  readonly file: string;
  readonly place: Place;
}

/** @returns for each file system that lies on loop devices their images, in the order of the devices' names. */
export function imagesOf(
  mounts: readonly Mount[],
  fileSystems: readonly FileSystem[],
  devices: Devices,
): ReadonlyMap<FileSystem, readonly Image[]> {
  const places = new Places(mounts, fileSystems);
  const loops = new Map<FileSystem, ReadonlySet<BlockDevice>>();
  for (const fileSystem of fileSystems) {
    const beneath = devices.loopsBeneath(fileSystem.devices);
    if (beneath.length > 0) loops.set(fileSystem, new Set(beneath.sort(byDevice)));
  }
  const byNumber = new Map(fileSystems.flatMap((fileSystem) => fileSystem.devices.map((device) => [device, fileSystem] as const)));
  const images = new Map<BlockDevice, Image>();
  // Of several file systems on a loop device the one that was mounted first is met first.
  for (const [{ position }, beneath] of loops) {
    for (const loop of beneath) {
      if (loop.backingFile === undefined || images.has(loop)) continue;
      const holder = loop.backingDevice === undefined ? undefined : byNumber.get(loop.backingDevice);
      if (holder !== undefined) {
        images.set(loop, { file: loop.backingFile, place: { fileSystem: holder } });
        continue;
      }
      const include = (candidate: FileSystem) => loops.get(candidate)?.has(loop) === true;
      const place = places.placeOf(loop.backingFile.replace(/ \(deleted\)$/, ""), { include, position });
      images.set(loop, { file: loop.backingFile, place });
    }
  }
  const all = new Map<FileSystem, Image[]>();
  for (const [fileSystem, beneath] of loops)
    all.set(
      fileSystem,
      [...beneath].flatMap((loop) => images.get(loop) ?? []),
    );
  return all;
}

function byDevice(a: BlockDevice, b: BlockDevice): number {
  return a.device < b.device ? -1 : a.device > b.device ? 1 : 0;
}
