/**
 * The text of an authorized_keys file and the keys in it. It is a string of one character a byte ("latin1"), so that lines that are no
 * UTF-8 stay as they are; the keys of a command are ordinary strings.
 */

/** What clients know a key by: its line without the space around it. */
interface Line {
  readonly text: string;
  /** Empty for a line without a key: blank, or a comment. */
  readonly key: string;
}

/** @returns the keys in their order. */
export function keysOf(file: string): string[] {
  return linesOf(file).flatMap(({ key }) => (key === "" ? [] : [fromBytes(key)]));
}

/** @returns the file with those of the keys that it lacks, each once, at its end. Blank ones are none. */
export function withKeys(file: string, keys: readonly string[]): string {
  const known = new Set(linesOf(file).map(({ key }) => key));
  let text = file === "" || file.endsWith("\n") ? file : `${file}\n`;
  for (const key of keys.map(toLine)) {
    if (key === "" || known.has(key)) continue;
    known.add(key);
    // Every line ends: another program that appends one would otherwise make two keys one.
    text += `${key}\n`;
  }
  return text;
}

/** @returns the file without the lines of these keys; whatever else it has stays. */
export function withoutKeys(file: string, keys: readonly string[]): string {
  const unwanted = new Set(keys.map(toLine));
  return linesOf(file)
    .filter(({ key }) => key === "" || !unwanted.has(key))
    .map(({ text }) => text)
    .join("\n");
}

/** @returns whether a line with this text is no key but several lines, or a comment, or has what no key has. */
export function isInvalidKey(key: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for.
  return trimmed(key).startsWith("#") || key.includes("\n") || /[\0-\x08\x0b-\x1f\x7f]/.test(trimmed(key));
}

function linesOf(file: string): Line[] {
  return file.split("\n").map((text) => {
    const key = trimmed(text);
    return { text, key: key.startsWith("#") ? "" : key };
  });
}

const BLANKS = " \t\r\f";

/** Without the space that C knows; String.trim() would also take what UTF-8 text may begin with. */
function trimmed(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && BLANKS.includes(text.charAt(start))) start++;
  while (end > start && BLANKS.includes(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

function toLine(key: string): string {
  return trimmed(Buffer.from(key, "utf8").toString("latin1"));
}

function fromBytes(line: string): string {
  return Buffer.from(line, "latin1").toString("utf8");
}
