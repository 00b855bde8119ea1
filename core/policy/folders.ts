/** What the rules leave of the paths among a request's arguments. */
import { isWithin } from "../os/path-names.ts";
import type { Confinement } from "../os/ports.ts";
import type { Places } from "./places.ts";
import type { ArgumentRule } from "./rules.ts";

/**
 * @param matching the rules that allow the request: their folders together hold, and none do if one of them says nothing of the argument.
 * @param blockIf the rules that could block it: what is blocked wherever all else of a rule holds must stay outside.
 * @param exceptFor whether all conditions of a rule hold but those on where this argument is.
 * @returns undefined where nothing is left to be held to.
 */
export function confinements(
  matching: readonly ArgumentRule[],
  blockIf: readonly ArgumentRule[],
  exceptFor: (rule: ArgumentRule, argument: string) => boolean,
  places: Places,
): ReadonlyMap<string, Confinement> | undefined {
  const found = new Map<string, Confinement>();
  for (const argument of new Set([...matching, ...blockIf].flatMap(confinedArguments))) {
    const allowed = matching.map((rule) => insideOf(rule, argument, places));
    const isConfined = allowed.length > 0 && allowed.every((folders) => folders !== undefined);
    const outside = blockIf.filter((rule) => exceptFor(rule, argument)).flatMap((rule) => insideOf(rule, argument, places) ?? []);
    if (!isConfined && outside.length === 0) continue;
    found.set(argument, {
      ...(isConfined ? { inside: distinct(allowed.flatMap((folders) => folders ?? [])) } : {}),
      ...(outside.length === 0 ? {} : { outside: distinct(outside) }),
    });
  }
  return found.size === 0 ? undefined : found;
}

function confinedArguments({ conditions }: ArgumentRule): string[] {
  return conditions.filter(({ condition }) => condition.kind === "inside").map(({ argument }) => argument);
}

/** A folder as the admin has written it: who opens looks himself where it leads, and whose links those are. */
interface Folder {
  readonly written: string;
  readonly path: string;
}

/** @returns the folders that the rule has the argument in; undefined if it has no such condition. */
function insideOf(rule: ArgumentRule, argument: string, places: Places): readonly string[] | undefined {
  const sets = rule.conditions.flatMap(({ argument: name, condition }) =>
    name === argument && condition.kind === "inside"
      ? [condition.folders.map((written): Folder => ({ written, path: places.at(written) ?? written }))]
      : [],
  );
  const [first, ...others] = sets;
  return first && others.reduce(common, first).map(({ written }) => written);
}

/** The folders that are in both sets, or below a folder of the other. */
function common(some: readonly Folder[], others: readonly Folder[]): Folder[] {
  const below = (folders: readonly Folder[], of: readonly Folder[]) =>
    folders.filter(({ path }) => of.some((folder) => isWithin(path, folder.path)));
  return [...below(some, others), ...below(others, some)];
}

function distinct(paths: readonly string[]): string[] {
  return [...new Set(paths)].sort();
}
