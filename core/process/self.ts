/** How this program is started again: as one executable, as a bundle with Node, or from source. */
import { packed } from "../packed.ts";

/** @returns the argument vector that starts it with these arguments of its own. */
export function ownCommand(...args: readonly string[]): readonly [program: string, ...args: string[]] {
  return [process.execPath, ...(packed() ? [] : [...process.execArgv, process.argv[1] ?? ""]), ...args];
}
