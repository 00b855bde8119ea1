/** Finding programs as Windows does, without the current folder, in which anybody's program could be. */
import { existsSync, statSync } from "node:fs";
import { isAbsolute, join } from "node:path/win32";
import { OsError } from "../ports.ts";
import { windowsError } from "./errors.ts";

/** What needs no shell to run. */
const ENDINGS = [".exe", ".com"];
const BATCH = /\.(bat|cmd)$/i;

/**
 * @param program a path, or a name that is looked for in the PATH of the environment.
 * @throws OsError if there is none, or it needs a shell.
 */
export async function findProgram(program: string, environment: Readonly<Record<string, string | undefined>>): Promise<string> {
  if (BATCH.test(program)) {
    throw new OsError(
      "EINVAL",
      193,
      "a batch file needs a shell, whose rules for arguments are its own: start cmd.exe with /d /s /c",
      "spawn",
    );
  }
  const found = /[\\/:]/.test(program) ? withEnding(program) : inPath(program, environment);
  if (found === undefined) throw windowsError({ code: "ENOENT" }, "spawn");
  return found;
}

function inPath(name: string, environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const root = process.env.SystemRoot || "C:\\Windows";
  const path = variable(environment, "path") ?? variable(process.env, "path") ?? "";
  const places = [...path.split(";").map((place) => place.replace(/^"(.*)"$/, "$1")), join(root, "System32"), root];
  if (name === "") return undefined;
  for (const place of places) {
    const found = isAbsolute(place) ? withEnding(join(place, name)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function withEnding(path: string): string | undefined {
  return [path, ...ENDINGS.map((ending) => path + ending)].find((each) => existsSync(each) && statSync(each).isFile());
}

/** The names of variables have no case there. */
function variable(environment: Readonly<Record<string, string | undefined>>, name: string): string | undefined {
  return Object.entries(environment).find(([key]) => key.toLowerCase() === name)?.[1];
}
