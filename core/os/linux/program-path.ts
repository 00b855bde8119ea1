/** Finding programs. Some starters give the agent an empty environment, so there is always a list of places. */
import { access, constants, stat } from "node:fs";
import { givenPath } from "../environment.ts";
import { osError } from "./errno.ts";

const STANDARD = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The PATH for a child: the agent's own, or the standard one. */
export function searchPath(): string {
  return givenPath() || STANDARD.join(":");
}

/** Where the agent's own helpers are looked for: what they need may not be in the PATH that the agent was given. */
export function helperPath(): string {
  return [searchPath(), ...STANDARD].join(":");
}

/** A file that may be executed. */
export async function isExecutable(path: string): Promise<boolean> {
  return (await reasonAgainst(path)) === undefined;
}

/**
 * @param program a name, or a path already if it has a slash.
 * @param places directories, separated by colons. What a name means shall not depend on the current directory: relative ones don't count.
 * @returns the program's path.
 * @throws OsError as execvp has it: EACCES if there are only files that may not be executed, else ENOENT.
 */
export async function findProgram(program: string, places: string): Promise<string> {
  if (program.includes("/")) return program;
  let reason = "ENOENT";
  for (const place of program === "" ? [] : new Set(places.split(":"))) {
    if (!place.startsWith("/")) continue;
    const path = `${place}/${program}`;
    const against = await reasonAgainst(path);
    if (against === undefined) return path;
    if (reason === "ENOENT" && against !== "ENOTDIR") reason = against;
  }
  throw osError({ code: reason }, "execve");
}

/** @returns undefined if the file may be executed, or the errno's name. */
function reasonAgainst(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    stat(path, (missing, kind) => {
      if (missing !== null) return resolve(missing.code);
      if (!kind.isFile()) return resolve("EACCES");
      access(path, constants.X_OK, (refused) => resolve(refused?.code));
    });
  });
}
