/** The program of a manifest that names none: the one file beside it that is called like it, without an ending or with another one. */
import { accessSync, constants, readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Problems } from "../../config/problems.ts";

/** @param path of the manifest. @returns undefined, and a problem, unless there is exactly one. */
export function defaultProgram(path: string, problems: Problems): string | undefined {
  const folder = dirname(path);
  const name = basename(path, ".toml");
  let files: string[];
  try {
    files = readdirSync(folder).filter((file) => file !== basename(path) && (file === name || file.startsWith(`${name}.`)));
  } catch (error) {
    problems.error({ file: path }, `the folder can't be read, and 'program' names no file: ${(error as Error).message}`);
    return undefined;
  }
  // A page about it may lie beside it; the program is what can be executed.
  const programs = files.length > 1 ? files.filter((file) => isExecutable(join(folder, file))) : files;
  const [program] = programs;
  if (program !== undefined && programs.length === 1) return join(folder, program);
  const found = programs.length > 1 ? programs : files;
  const what = found.length === 0 ? `there is no file '${name}' or '${name}.*' beside it` : `there are several: ${found.sort().join(", ")}`;
  problems.error({ file: path }, `it has no program: ${what}; write program = "FILE"`);
  return undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
