/** How this program is started again: as one executable, as a bundle with Node, or from source. */

/** @returns the argument vector that starts it with these arguments of its own. */
export function ownCommand(...args: readonly string[]): readonly [program: string, ...args: string[]] {
  const single = process.getBuiltinModule("node:sea")?.isSea() === true;
  return [process.execPath, ...(single ? [] : [...process.execArgv, process.argv[1] ?? ""]), ...args];
}
