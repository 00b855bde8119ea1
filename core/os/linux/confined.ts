/**
 * Opening a file that has to be in certain folders, whatever links lead to it and whoever swaps them meanwhile: what is checked is held
 * by a descriptor, and what is opened is that same thing.
 */
import { constants } from "node:fs";
import { posix } from "node:path";
import { isWithin, joined } from "../path-names.ts";
import type { Confinement, OsError } from "../ports.ts";
import { type Arrival, Astray, bytes, Descriptors, failure, hasCode, placeOf, statusOf, walk, withoutSlash } from "./confined-walk.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW } = constants;

/** A file that somebody replaces just now is looked for again. */
const ATTEMPTS = 16;

/** What tells a client what is there. It learns so only of places where it may open something. */
const TELLING = ["ENOENT", "ENOTDIR", "EACCES", "ELOOP", "ENAMETOOLONG", "EISDIR", "EEXIST", "ENXIO", "ETXTBSY", "EROFS"];

/** Something was replaced or removed between two looks: neither an answer nor a failure. */
const CHANGED = Symbol("changed");

/**
 * As `open(2)`, for what is inside; whatever else there is, is neither opened nor changed nor made, and nothing is told of it.
 * A folder that a user moves out in the very moment takes with it what is in it, as it would a moment later.
 * @throws OsError EPERM for what is not inside, and for a file with several names (hard links).
 */
export async function openConfined(path: string, flags: number, mode: number, confinement: Confinement): Promise<number> {
  const text = Buffer.from(path).toString("latin1");
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const descriptors = new Descriptors();
    try {
      const borders = await bordersOf(descriptors, confinement);
      const opened = await openOnce(descriptors, text, flags, mode, borders);
      if (opened !== CHANGED) return descriptors.release(opened);
    } finally {
      await descriptors.closeAll();
    }
  }
  throw failure("EPERM");
}

/**
 * The absolute path that a path leads to after all symbolic links. Of the last parts any may be missing: they are kept as they are.
 * @throws OsError for what leads nowhere: `..` after something missing, links in a circle, a file where a folder should be.
 */
export async function resolvePath(path: string): Promise<string> {
  const descriptors = new Descriptors();
  try {
    return bytes(await resolve(descriptors, Buffer.from(path).toString("latin1"))).toString();
  } finally {
    await descriptors.closeAll();
  }
}

async function openOnce(descriptors: Descriptors, path: string, flags: number, mode: number, borders: Borders) {
  const makes = (flags & O_CREAT) !== 0;
  const lastLink = makes && flags & O_EXCL ? "EEXIST" : flags & O_NOFOLLOW ? "ELOOP" : undefined;
  let arrival: Arrival;
  try {
    arrival = await walk(descriptors, path, { makes, ...(lastLink && { lastLink }) });
  } catch (error) {
    if (!(error instanceof Astray)) throw error;
    const place = await placeOf(error.folder);
    if (place === undefined) return CHANGED;
    throw borders.enclose(error.sought === "" ? place : joined(place, error.sought)) ? error.reason : hidden(error.reason);
  }
  return arrival.found === undefined
    ? makeNew(descriptors, arrival, flags, mode, borders)
    : openFound(descriptors, arrival.found, flags, borders);
}

async function openFound(descriptors: Descriptors, found: number, flags: number, borders: Borders) {
  // First the names, then the place: a name that is gone by then is seen there.
  const status = await statusOf(found);
  const place = await placeOf(found);
  if (place === undefined) return CHANGED;
  if (!borders.enclose(place)) throw failure("EPERM");
  if (!status.isDirectory() && status.nlink > 1n) throw failure("EPERM");
  if (flags & O_CREAT) {
    if (flags & O_EXCL) throw failure("EEXIST");
    if (status.isDirectory()) throw failure("EISDIR");
  }
  // Through its descriptor: the very thing that was looked at.
  return descriptors.open(`/proc/self/fd/${found}`, flags & ~(O_CREAT | O_EXCL | O_NOFOLLOW));
}

async function makeNew(descriptors: Descriptors, { folder, missing }: Arrival, flags: number, mode: number, borders: Borders) {
  const [name = "", ...below] = missing;
  const parent = await placeOf(folder);
  if (parent === undefined) return CHANGED;
  if (!borders.enclose(joined(parent, name))) throw failure("EPERM");
  if (below.length > 0 || !(flags & O_CREAT)) throw failure("ENOENT");
  try {
    return await descriptors.open(`/proc/self/fd/${folder}/${name}`, flags | O_EXCL | O_NOFOLLOW, mode);
  } catch (error) {
    if (hasCode(error, "EEXIST") && !(flags & O_EXCL)) return CHANGED;
    throw error;
  }
}

function hidden(reason: OsError): OsError {
  return TELLING.includes(reason.code) ? failure("EPERM") : reason;
}

interface Borders {
  /** @param place an absolute path without links. */
  enclose(place: string): boolean;
}

/** What the folders of a confinement are at this moment. */
async function bordersOf(descriptors: Descriptors, { inside, outside = [] }: Confinement): Promise<Borders> {
  const within = inside && (await Promise.all(inside.map((folder) => allowedFolder(descriptors, folder))));
  const without = await Promise.all(outside.map((folder) => forbiddenFolder(descriptors, folder)));
  return {
    enclose: (place) =>
      (within === undefined || within.some((folder) => folder !== undefined && isWithin(place, folder))) &&
      !without.some((folder) => isWithin(place, folder)),
  };
}

/** @returns undefined if it isn't there, or if a link on the way to it is a user's, who could let it lead anywhere. */
async function allowedFolder(descriptors: Descriptors, folder: string): Promise<string | undefined> {
  try {
    const { found } = await walk(descriptors, Buffer.from(folder).toString("latin1"), { trustedLinks: true });
    return found === undefined ? undefined : await placeOf(found);
  } catch (error) {
    const reason = error instanceof Astray ? error.reason : error;
    if (hasCode(reason, "EPERM", "EINVAL", ...TELLING)) return undefined;
    throw reason;
  }
}

/** What isn't there can still be made, so its path counts; of what leads nowhere, the path as it is written. */
async function forbiddenFolder(descriptors: Descriptors, folder: string): Promise<string> {
  const path = Buffer.from(folder).toString("latin1");
  try {
    return await resolve(descriptors, path);
  } catch (error) {
    if (hasCode(error, "EINVAL", ...TELLING)) return withoutSlash(posix.normalize(path));
    throw error;
  }
}

async function resolve(descriptors: Descriptors, path: string): Promise<string> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    let arrival: Arrival;
    try {
      arrival = await walk(descriptors, path);
    } catch (error) {
      throw error instanceof Astray ? error.reason : error;
    }
    const { folder, found, missing } = arrival;
    const names = missing.filter((name) => name !== ".");
    if (names.includes("..")) throw failure("ENOENT");
    const place = await placeOf(found ?? folder);
    if (place !== undefined) return names.reduce(joined, place);
  }
  throw failure("ENOENT");
}
