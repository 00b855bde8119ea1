/** Text from elsewhere, made safe to show in one line of a terminal. */

// control characters of both sets, format characters (bidirectional overrides, zero width), line separators, lone surrogates
const UNPRINTABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;
const SHORT: ReadonlyMap<string, string> = new Map([
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Shows what a terminal would obey or hide as `\n`, `\u001B` and the like. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT.get(character) ?? unicodeEscapes(character));
}

/** `\uXXXX` for each UTF-16 unit, as JSON has it. */
export function unicodeEscapes(text: string): string {
  let escaped = "";
  for (let index = 0; index < text.length; index++) {
    escaped += `\\u${text.charCodeAt(index).toString(16).toUpperCase().padStart(4, "0")}`;
  }
  return escaped;
}
