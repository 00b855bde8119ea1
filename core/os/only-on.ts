/** Commands that not every system has. */

/** As `process.platform` names them. */
export type System = "linux" | "win32" | "darwin";

/** Those that ask nothing but which system it is. */
const bySystem = new WeakSet<() => unknown>();

/**
 * For `supported`: where the command is there.
 * @param systems that have it.
 * @param reason why the others lack it, for who looks for it there.
 */
export function onlyOn(systems: readonly System[], reason: string): () => true | string {
  const supported = () => systems.some((system) => system === process.platform) || reason;
  bySystem.add(supported);
  return supported;
}

/** @returns false for a command that no machine with this system has, without asking the machine. */
export function isOfThisSystem({ supported }: { readonly supported?: () => unknown }): boolean {
  return supported === undefined || !bySystem.has(supported) || supported() === true;
}
