/** The place of a file system in the order, in words. */
import type { FileSystem } from "./plan-file-systems.ts";
import type { Image } from "./plan-images.ts";

/** So many names are enough in one sentence. */
const NAMED = 3;

export interface Circumstances {
  readonly images: readonly Image[];
  /** File systems that freeze and have their image on this one. */
  readonly holdsImagesOf: readonly FileSystem[];
  /** File systems that freeze and shall each come before the others, which can't be; only itself if all is well. */
  readonly circle: readonly FileSystem[];
  /** Of those that freeze, the one that was mounted just before this one. */
  readonly mountedAfter: FileSystem | undefined;
  readonly freezes: (fileSystem: FileSystem) => boolean;
}

export function why(fileSystem: FileSystem, { images, holdsImagesOf, circle, mountedAfter, freezes }: Circumstances): string {
  const reasons = named(images, (image) => placeOfImage(image, freezes));
  const others = circle.length > 1 ? circle.filter((other) => other !== fileSystem) : [];
  if (holdsImagesOf.length > 0) {
    reasons.push(`it holds the ${holdsImagesOf.length === 1 ? "image" : "images"} of ${listed(holdsImagesOf)}`);
  }
  if (others.length > 0) reasons.push(`it and ${listed(others)} seem to lie on each other`);
  const placed = images.some(({ place }) => place !== undefined && "fileSystem" in place && freezes(place.fileSystem));
  if (others.length > 0 || (holdsImagesOf.length === 0 && !placed)) {
    reasons.push(mountedAfter === undefined ? "mounted first" : `mounted after ${label(mountedAfter)}`);
  }
  return reasons.join("; ");
}

function placeOfImage({ file, place }: Image, freezes: (fileSystem: FileSystem) => boolean): string {
  if (place === undefined) return `where its image ${file} lies is unknown`;
  if ("outside" in place) return `its image ${file} lies on ${place.outside.mountPoint} (${place.outside.type}), which doesn't freeze`;
  const text = `its image ${file} lies on ${label(place.fileSystem)}`;
  return freezes(place.fileSystem) ? text : `${text}, which doesn't freeze`;
}

function label({ first, device }: FileSystem): string {
  return `${first.mountPoint} (${device})`;
}

/** At most `NAMED` of them, and how many more there are. */
function named<T>(all: readonly T[], name: (one: T) => string): string[] {
  const shown = all.slice(0, NAMED).map(name);
  return all.length > NAMED ? [...shown, `${all.length - NAMED} more`] : shown;
}

function listed(fileSystems: readonly FileSystem[]): string {
  const names = named(fileSystems, label);
  const last = names.pop() ?? "";
  return names.length === 0 ? last : `${names.join(", ")} and ${last}`;
}
