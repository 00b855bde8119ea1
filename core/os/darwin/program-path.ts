/** Finding programs on macOS: in absolute places only, so that a name means the same in every folder. */
import { accessSync, constants, statSync } from "node:fs";
import { macError } from "./errors.ts";

const STANDARD = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** @throws OsError as execvp has it. */
export async function findProgram(program: string, environment: Readonly<Record<string, string>>): Promise<string> {
  if (program.includes("/")) return program;
  const places = environment.PATH || process.env.PATH || STANDARD;
  let reason: unknown = { code: "ENOENT" };
  for (const place of program === "" ? [] : places.split(":")) {
    if (!place.startsWith("/")) continue;
    const path = `${place}/${program}`;
    try {
      if (!statSync(path).isFile()) continue;
      accessSync(path, constants.X_OK);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EACCES") reason = error;
    }
  }
  throw macError(reason, "execve");
}
