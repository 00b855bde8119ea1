/** JSON kept as text: what is taken apart or laid out anew here has its numbers and strings untouched. */
import { unicodeEscapes } from "../printable.ts";

/** Deeper texts are not read: no agent takes or makes them. */
const MAX_DEPTH = 1024;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * The members of an object, each value as its text.
 * @returns undefined for what is no JSON object, or nests deeper than 1024 levels.
 */
export function objectMembers(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  } catch {
    return undefined;
  }
  return splitMembers(text);
}

/** @param text a well-formed JSON object. */
function splitMembers(text: string): Map<string, string> | undefined {
  const members = new Map<string, string>();
  let depth = 0;
  let start = 0; // of the key or value being read
  let key: string | undefined;
  const finish = (end: number) => {
    if (key !== undefined) members.set(key, text.slice(start, end).trim());
    key = undefined;
    start = end + 1;
  };
  for (let index = 0; index < text.length; index++) {
    const character = text.charAt(index);
    if (character === '"') index = stringEnd(text, index) - 1;
    else if (character === "{" || character === "[") {
      depth++;
      if (depth > MAX_DEPTH) return undefined;
      if (depth === 1) start = index + 1;
    } else if (character === "}" || character === "]") {
      depth--;
      if (depth === 0) finish(index);
    } else if (depth === 1 && character === ":") {
      key = String(JSON.parse(text.slice(start, index)));
      start = index + 1;
    } else if (depth === 1 && character === ",") finish(index);
  }
  return members;
}

/** @returns the index behind the closing quote of the string that opens at `start`. */
function stringEnd(text: string, start: number): number {
  let quote = text.indexOf('"', start + 1);
  while (quote >= 0 && isEscaped(text, quote)) quote = text.indexOf('"', quote + 1);
  return quote < 0 ? text.length : quote + 1;
}

function isEscaped(text: string, index: number): boolean {
  let backslashes = 0;
  while (text.charCodeAt(index - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** A number or keyword. */
const WORD = /[\w.+-]+/y;

/** A member or item a line, indented by two blanks. */
export function indented(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  const newLine = () => `\n${"  ".repeat(depth)}`;
  for (let index = 0; index < json.length; ) {
    if (json.charCodeAt(index) === QUOTE) {
      const end = stringEnd(json, index);
      parts.push(json.slice(index, end));
      index = end;
      continue;
    }

    WORD.lastIndex = index;
    const [word] = WORD.exec(json) ?? [];
    if (word !== undefined) {
      parts.push(word);
      index += word.length;
      continue;
    }
    const character = json.charAt(index);
    index++;
    if (character === "{" || character === "[") {
      const closing = nextVisible(json, index);
      if ("}]".includes(json.charAt(closing))) {
        parts.push(character, json.charAt(closing));
        index = closing + 1;
      } else {
        depth++;
        parts.push(character, newLine());
      }
    } else if (character === "}" || character === "]") {
      depth--;
      parts.push(newLine(), character);
    } else if (character === ",") parts.push(",", newLine());
    else if (character === ":") parts.push(": ");
  }
  return parts.join("");
}

function nextVisible(json: string, from: number): number {
  let index = from;
  while (index < json.length && " \t\r\n".includes(json.charAt(index))) index++;
  return index;
}

// inside of strings by JSON's grammar, where an escape means the same
const OBEYED_IN_STRINGS = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** The same JSON value, with nothing in it that a terminal obeys or hides. */
export function terminalSafe(json: string): string {
  return json.replace(/[\t\r]/g, " ").replace(OBEYED_IN_STRINGS, unicodeEscapes);
}
