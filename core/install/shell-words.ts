/** An argument vector as a line of a script, or for people to read. */

/** @returns words that a POSIX shell takes as they are. */
export function shellWords(argv: readonly string[]): string {
  return argv.map((word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}
