/** Which files hold the admin's configuration: the one that was named, and those in the folder beside it. */
import { readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Given } from "./command-line.ts";
import { DEFAULT_ADMIN_CONFIG } from "./options.ts";
import { StartError } from "./start-error.ts";

/** @returns undefined for the default one, which need not exist. */
export function namedAdminFile(given: readonly Given[]): string | undefined {
  return given.findLast(({ option }) => option.name === "lodger-config")?.value;
}

/** The folder of more files, beside a file. */
export function dropInFolder(main: string): string {
  return `${main.replace(/\.toml$/, "")}.d`;
}

/**
 * @param named the file that was asked for.
 * @param folder where a relative path begins.
 * @returns the absolute paths of those that are there: `lodger.toml` first, then `lodger.d/*.toml` by name.
 * @throws StartError if the named one is missing, or the folder can't be read.
 */
export function adminFiles(named: string | undefined, folder = startFolder()): readonly string[] {
  const main = resolve(folder, named ?? DEFAULT_ADMIN_CONFIG);
  const isThere = statSync(main, { throwIfNoEntry: false }) !== undefined;
  if (!isThere && named !== undefined) throw new StartError(`cannot read '${main}': no such file; create it, or leave --lodger-config out`);
  return [...(isThere ? [main] : []), ...dropIns(dropInFolder(main))];
}

function dropIns(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => /^[^.].*\.toml$/.test(name))
      .sort()
      .map((name) => `${folder}/${name}`);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? "";
    if (["ENOENT", "ENOTDIR"].includes(code)) return [];
    throw new StartError(`the folder '${folder}' can't be read: ${code}; run as root, or make it readable`, { cause: error });
  }
}

/** The one that the program was started in; it may be gone. */
export function startFolder(): string {
  try {
    return process.cwd();
  } catch {
    return "/";
  }
}
