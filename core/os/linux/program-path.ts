/** Finding programs. Some starters give the agent an empty environment, so there is always a list of places. */
import { access, constants, stat } from "node:fs";

const STANDARD = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The PATH for a child: the agent's own, or the standard one. */
export function searchPath(): string {
  return process.env.PATH || STANDARD.join(":");
}

/** A file that may be executed. */
export function isExecutable(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    stat(path, (missing, kind) => {
      if (missing !== null || !kind.isFile()) return resolve(false);
      access(path, constants.X_OK, (refused) => resolve(refused === null));
    });
  });
}

/** @returns the path of a program, or undefined. A name with a slash is a path already. */
export async function findProgram(program: string): Promise<string | undefined> {
  if (program.includes("/")) return program;
  const places = new Set([...searchPath().split(":"), ...STANDARD]);
  for (const place of places) {
    const path = `${place}/${program}`;
    if (place.startsWith("/") && (await isExecutable(path))) return path;
  }
  return undefined;
}
