/** How this program is started again: as one executable, as a bundle with its runtime, or from source. */
import { packed } from "../packed.ts";

/** @returns the argument vector that starts it with these arguments of its own. */
export function ownCommand(...args: readonly string[]): readonly [program: string, ...args: string[]] {
  return [process.execPath, ...(packed() ? [] : [...runtimeOptions(), process.argv[1] ?? ""]), ...args];
}

/** Deno doesn't say with which options it was started; less than all, and it would ask the terminal. */
function runtimeOptions(): readonly string[] {
  return process.versions.deno === undefined ? process.execArgv : ["run", "--allow-all"];
}
