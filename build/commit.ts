/** Which commit is being built, for whoever has to find the sources of what runs. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { root } from "./paths.ts";

const execute = promisify(execFile);

/**
 * @returns what the variable SOURCE_COMMIT says, for a build from an archive; else what git says, with "-dirty" behind it where files
 * were changed; else "unknown".
 */
export async function sourceCommit(): Promise<string> {
  const given = process.env.SOURCE_COMMIT;
  if (given !== undefined && /^[\w.-]{1,64}$/.test(given)) return given;
  try {
    const { stdout } = await execute("git", ["describe", "--always", "--dirty", "--exclude=*", "--abbrev=12"], { cwd: root });
    return stdout.trim();
  } catch {
    return "unknown";
  }
}
