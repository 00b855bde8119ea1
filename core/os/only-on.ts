/** Commands that not every system has. */

/** As `process.platform` names them. */
export type System = "linux" | "win32" | "darwin";

/**
 * For `supported`: where the command is there.
 * @param systems that have it.
 * @param reason why the others lack it, for who looks for it there.
 */
export function onlyOn(systems: readonly System[], reason: string): () => true | string {
  return () => systems.some((system) => system === process.platform) || reason;
}
