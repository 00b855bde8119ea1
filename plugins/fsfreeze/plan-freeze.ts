/** What would freeze, in which order and why, and what is left out and why: plain values from the lists of mounts and block devices. */
import type { BlockTable, Mount } from "../../core/plugin.ts";
import { Devices } from "./plan-devices.ts";
import { type FileSystem, fileSystemsOf } from "./plan-file-systems.ts";
import { type Image, imagesOf } from "./plan-images.ts";
import { reasonOfKind } from "./plan-kinds.ts";
import { groupsInOrder } from "./plan-order.ts";
import { Exclusions, Paths } from "./plan-patterns.ts";
import type { LeftOut, Plan, PlannedFileSystem, Wishes } from "./plan-types.ts";
import { why } from "./plan-why.ts";

/**
 * Each file system freezes once, however often it is mounted. What lies on an image file freezes before the file system that holds the
 * image, or its last writes would wait for the thaw; beyond that, the latest mount freezes first, as in qemu-ga.
 * Never throws: what makes no sense in a table is passed over.
 * @param mounts in the order of mounting.
 */
export function planFreeze(mounts: readonly Mount[], table: BlockTable, wishes: Wishes = {}): Plan {
  const devices = new Devices(table);
  const fileSystems = fileSystemsOf(mounts, devices);
  const reasons = reasonsToLeaveOut(mounts, fileSystems, wishes);
  const images = imagesOf(mounts, fileSystems, devices);
  return {
    freeze: ordered(fileSystems, images, ({ first }) => !reasons.has(first)).map(({ fileSystem, why }) =>
      planned(fileSystem, devices, why),
    ),
    leftOut: mounts.flatMap((mount) => leftOut(mount, reasons.get(mount))),
  };
}

/** A reason holds for all mounts of a file system. */
function reasonsToLeaveOut(
  mounts: readonly Mount[],
  fileSystems: readonly FileSystem[],
  { only, exclude = [] }: Wishes,
): Map<Mount, string> {
  const wanted = only === undefined ? undefined : new Paths(only);
  const exclusions = new Exclusions(exclude);
  const reasonOf = ({ first, mounts }: FileSystem): string | undefined => {
    const kind = reasonOfKind(first);
    if (kind !== undefined) return kind;
    const mountPoints = mounts.map(({ mountPoint }) => mountPoint);
    const rule = exclusions.ruleFor(mountPoints);
    if (rule !== undefined) return `excluded by the admin: ${rule}`;
    return wanted === undefined || mountPoints.some((name) => wanted.has(name)) ? undefined : "not in the client's list";
  };
  const reasons = new Map<Mount, string>();
  const onDevices = new Set<Mount>();
  for (const fileSystem of fileSystems) {
    const reason = reasonOf(fileSystem);
    for (const mount of fileSystem.mounts) {
      onDevices.add(mount);
      if (reason !== undefined) reasons.set(mount, reason);
    }
  }
  for (const mount of mounts) {
    const reason = onDevices.has(mount) ? undefined : reasonOfKind(mount);
    if (reason !== undefined) reasons.set(mount, reason);
  }
  return reasons;
}

/**
 * All file systems are put in order before those that don't freeze are dropped: through one that is left out, too, what freezes can lie
 * on another that does.
 */
function ordered(
  fileSystems: readonly FileSystem[],
  images: ReadonlyMap<FileSystem, readonly Image[]>,
  freezes: (fileSystem: FileSystem) => boolean,
): { fileSystem: FileSystem; why: string }[] {
  const latestFirst = fileSystems.toReversed();
  const above = whatLiesOn(latestFirst, images);
  const numbers = new Map(latestFirst.map((fileSystem, number) => [fileSystem, number]));
  const groups = groupsInOrder(latestFirst.length, (number) => {
    const holder = latestFirst[number];
    return holder === undefined ? [] : (above.get(holder) ?? []).flatMap((upper) => numbers.get(upper) ?? []);
  });
  const mountedAfter = new Map<FileSystem, FileSystem>();
  for (const [before, fileSystem] of pairs(fileSystems.filter(freezes))) mountedAfter.set(fileSystem, before);
  return groups.flatMap((group) => {
    const circle = group.flatMap((number) => latestFirst[number] ?? []).filter(freezes);
    return circle.map((fileSystem) => ({
      fileSystem,
      why: why(fileSystem, {
        images: images.get(fileSystem) ?? [],
        holdsImagesOf: (above.get(fileSystem) ?? []).filter(freezes),
        circle,
        mountedAfter: mountedAfter.get(fileSystem),
        freezes,
      }),
    }));
  });
}

/** @returns by holder, the file systems with an image on it, in the order of the first list. */
function whatLiesOn(
  fileSystems: readonly FileSystem[],
  images: ReadonlyMap<FileSystem, readonly Image[]>,
): ReadonlyMap<FileSystem, readonly FileSystem[]> {
  const above = new Map<FileSystem, FileSystem[]>();
  for (const fileSystem of fileSystems) {
    const places = (images.get(fileSystem) ?? []).map(({ place }) => place);
    const holders = places.flatMap((place) => (place !== undefined && "fileSystem" in place ? place.fileSystem : []));
    for (const holder of new Set(holders)) {
      const known = above.get(holder);
      if (known === undefined) above.set(holder, [fileSystem]);
      else known.push(fileSystem);
    }
  }
  return above;
}

function* pairs<T>(list: readonly T[]): Generator<readonly [T, T]> {
  let before: T | undefined;
  for (const one of list) {
    if (before !== undefined) yield [before, one];
    before = one;
  }
}

function planned({ first, device, mounts }: FileSystem, devices: Devices, why: string): PlannedFileSystem {
  const name = devices.nameOf(device);
  return {
    device,
    ...(name === undefined ? {} : { name }),
    source: first.source,
    type: first.type,
    mountPoints: mounts.map(({ id, root, mountPoint }) => ({ mountPoint, id, root })),
    why,
  };
}

function leftOut({ id, mountPoint, type, source }: Mount, reason: string | undefined): readonly LeftOut[] {
  return reason === undefined ? [] : [{ id, mountPoint, type, source, reason }];
}
