/**
 * Which program a request means. A program is told by its folder and its own name, never by what a link of that name leads to: busybox is
 * one file with many names, and each is another program.
 */
import { joined } from "../os/path-names.ts";
import { folderOf, nameOf, type Places } from "./places.ts";

/**
 * For a rule that allows programs.
 * @param listed absolute paths.
 * @returns the listed path that was meant, which is to be started in place of what was given: nothing can be swapped in between.
 */
export function listedProgram(given: string, listed: readonly string[], places: Places): string | undefined {
  if (listed.includes(given)) return given;
  const name = nameOf(given);
  const candidates = listed.filter((path) => nameOf(path) === name).sort();
  // A name alone: PATH has no say in what it means.
  if (!given.includes("/")) return candidates[0];
  if (!given.startsWith("/") || candidates.length === 0) return undefined;
  const folder = places.at(folderOf(given));
  const folders = candidates.map((path) => places.at(folderOf(path)));
  return folder === undefined ? undefined : candidates[folders.indexOf(folder)];
}

/** For a rule that blocks programs: also by a link to one of them, and also where nobody can say what it would be. */
export function isBlockedProgram(given: string, listed: readonly string[], places: Places): boolean {
  if (listed.includes(given)) return true;
  const name = nameOf(given);
  if (!given.includes("/")) return listed.some((path) => nameOf(path) === name);
  const target = places.at(given);
  const folder = places.at(folderOf(given));
  const own = listed.map((path) => joined(places.at(folderOf(path)) ?? folderOf(path), nameOf(path)));
  if (target === undefined || folder === undefined) return true;
  return own.includes(target) || own.includes(joined(folder, name));
}
