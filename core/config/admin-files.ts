/** Which files hold the admin's configuration: the one that was named, and those in the folder beside it. */
import { readdirSync, statSync } from "node:fs";
import type { Given } from "./command-line.ts";
import { DEFAULT_ADMIN_CONFIG } from "./options.ts";
import { StartError } from "./start-error.ts";

/** @returns undefined for the default one, which need not exist. */
export function namedAdminFile(given: readonly Given[]): string | undefined {
  return given.findLast(({ option }) => option.name === "lodger-config")?.value;
}

/**
 * @param named the file that was asked for.
 * @returns the paths of those that are there: `lodger.toml` first, then `lodger.d/*.toml` by name.
 * @throws StartError if the named one is missing.
 */
export function adminFiles(named: string | undefined): readonly string[] {
  const main = named ?? DEFAULT_ADMIN_CONFIG;
  const isThere = statSync(main, { throwIfNoEntry: false }) !== undefined;
  if (!isThere && named !== undefined) throw new StartError(`cannot read '${main}': no such file; create it, or leave --lodger-config out`);
  return [...(isThere ? [main] : []), ...dropIns(`${main.replace(/\.toml$/, "")}.d`)];
}

function dropIns(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.toml$/.test(name))
      .sort()
      .map((name) => `${folder}/${name}`);
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return [];
    throw error;
  }
}
