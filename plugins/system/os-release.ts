/** os-release(5): assignments as a shell has them, but without variables, and without putting quoted pieces together. */

const ASSIGNMENT = /^([A-Z0-9_]+)[ \t]*=[ \t]*(.*)$/s;

const QUOTES = new Set(['"', "'"]);

/** What the shell would take for its own in double quotes, were there no backslash before it. */
const ESCAPED = new Set(["$", "'", '"', "\\", "`"]);

/**
 * @param text of the file. Lines that are no assignment are passed over, whatever they are.
 * @returns values by name, the last where there are several.
 */
export function parseOsRelease(text: string): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  // NUL has no place in a text; clients written in C would take it for the end of the answer's.
  for (const line of text.replaceAll("\0", "").split("\n")) {
    const [, name, value] = ASSIGNMENT.exec(line.trim()) ?? [];
    if (name !== undefined && value !== undefined) values.set(name, plain(value));
  }
  return values;
}

function plain(value: string): string {
  const quote = value.charAt(0);
  if (QUOTES.has(quote)) return unquoted(value, quote);
  // Blanks have to be quoted, and a semicolon ends a shell's command.
  return value.split(/[ ;]/, 1)[0] ?? "";
}

/** What stands behind the closing quote is dropped; without one, the value ends with the line. */
function unquoted(value: string, quote: string): string {
  let text = "";
  for (let at = 1; at < value.length && value.charAt(at) !== quote; at++) {
    if (quote === '"' && value.charAt(at) === "\\" && ESCAPED.has(value.charAt(at + 1))) at++;
    text += value.charAt(at);
  }
  return text;
}
