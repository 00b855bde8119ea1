/** GKeyFile, the format of qemu-ga.conf and of the state file: groups of `key=value` lines, with GLib's rules. */
import { Buffer } from "node:buffer";
import { StartError } from "./start-error.ts";

interface Entry {
  /** As it stands in the file, one character a byte: only a value that is asked for has to be UTF-8. */
  readonly raw: string;
  readonly line: number;
}

const LEADING_SPACE = /^[ \t\n\f\r]+/;
const TRAILING_SPACE = /[ \t\n\f\r]+$/;
const GROUP_NAME = /^[^[\p{Cc}]+$/u;
// behind it blanks, and bytes that only continue a character of UTF-8: GLib steps over them as it looks for the next one
const GROUP = /^\[([^\]]*)\][ \t\x80-\xbf]*$/;
// a name, and a locale in brackets behind it, of which GLib drops all but the user's
const KEY = /^[^=[\]]+(\[[\w.@\x80-\xff-]*\])?$/;
const ESCAPE = /\\(.?)/gs;
const UNESCAPED: ReadonlyMap<string, string> = new Map([
  ["s", " "],
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["\\", "\\"],
]);

/** A file's groups and keys. Groups and keys that stand there twice are one, the last value of a key wins. */
export class KeyFile {
  readonly #origin: string;
  readonly #groups: ReadonlyMap<string, ReadonlyMap<string, Entry>>;

  constructor(origin: string, groups: ReadonlyMap<string, ReadonlyMap<string, Entry>>) {
    this.#origin = origin;
    this.#groups = groups;
  }

  /** Keys of a group in the order of their first lines; none if there is no such group. */
  keys(group: string): string[] {
    return Array.from(this.#groups.get(group)?.keys() ?? [], decodeLoosely);
  }

  /**
   * @returns the value with its escapes replaced, or undefined without such a key.
   * @throws StartError for a value that is not UTF-8 or has another escape than `\s`, `\n`, `\t`, `\r` and `\\`.
   */
  string(group: string, key: string): string | undefined {
    const entry = this.#entry(group, key);
    if (entry === undefined) return undefined;
    const text = decodeStrictly(entry.raw);
    if (text === undefined) throw this.#wrong(entry, key, "is not UTF-8: save the file as UTF-8");
    return text.replace(ESCAPE, (sequence, letter: string) => {
      const character = UNESCAPED.get(letter);
      if (character === undefined) throw this.#wrong(entry, key, `has the unknown escape '${sequence}': write a backslash as \\\\`);
      return character;
    });
  }

  /**
   * @returns undefined without such a key.
   * @throws StartError for anything but `true`, `false`, `1` and `0`.
   */
  boolean(group: string, key: string): boolean | undefined {
    const entry = this.#entry(group, key);
    if (entry === undefined) return undefined;
    const word = entry.raw.replace(TRAILING_SPACE, "");
    if (word === "true" || word === "1") return true;
    if (word === "false" || word === "0") return false;
    throw this.#wrong(entry, key, `is '${decodeLoosely(word)}': write true or false`);
  }

  /** @returns the line of the key's value; undefined without such a key. */
  line(group: string, key: string): number | undefined {
    return this.#entry(group, key)?.line;
  }

  #entry(group: string, key: string): Entry | undefined {
    return this.#groups.get(encode(group))?.get(encode(key));
  }

  #wrong(entry: Entry, key: string, what: string): StartError {
    return new StartError(`${this.#origin}:${entry.line}: the value of '${key}' ${what}`);
  }
}

/**
 * @param bytes the file's contents; comments may be of any encoding.
 * @param origin the file's name, for errors.
 * @throws StartError for a line that is neither group, `key=value` nor comment.
 */
export function parseKeyFile(bytes: Uint8Array, origin: string): KeyFile {
  const groups = new Map<string, Map<string, Entry>>();
  let group: Map<string, Entry> | undefined;
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1").split("\n");
  for (const [index, whole] of lines.entries()) {
    const wrong = (what: string) => new StartError(`${origin}:${index + 1}: ${what}`);
    const line = contents(whole, index < lines.length - 1);
    if (line === "" || line.startsWith("#")) continue;

    const name = GROUP.exec(line)?.[1];
    if (name !== undefined) {
      const decoded = decodeLoosely(name);
      if (!GROUP_NAME.test(decoded)) throw wrong(`'${decoded}' is no name for a group: use letters`);
      group = groups.get(name) ?? new Map();
      groups.set(name, group);
      continue;
    }

    const equals = line.indexOf("=");
    if (equals < 1) throw wrong(`'${decodeLoosely(line)}' is no group, key or comment: write [GROUP], KEY=VALUE or # COMMENT`);
    if (group === undefined) throw wrong("a key stands before the first group: begin the file with [general]");
    const key = line.slice(0, equals).replace(TRAILING_SPACE, "");
    if (!KEY.test(key)) throw wrong(`'${decodeLoosely(key)}' is no name for a key: leave the brackets out`);
    group.set(key, { raw: line.slice(equals + 1).replace(LEADING_SPACE, ""), line: index + 1 });
  }
  return new KeyFile(origin, groups);
}

/** A line as GLib's C strings have it: up to a NUL, without the carriage return before its newline. */
function contents(line: string, ended: boolean): string {
  const text = ended && line.endsWith("\r") ? line.slice(0, -1) : line;
  const nul = text.indexOf("\0");
  return (nul < 0 ? text : text.slice(0, nul)).replace(LEADING_SPACE, "");
}

export type KeyFileGroup = readonly [name: string, entries: readonly (readonly [key: string, value: string])[]];

/** The file's text, as GLib writes it: what {@link parseKeyFile} reads back to the same values, but for a form feed in front. Names are taken as they are. */
export function formatKeyFile(groups: readonly KeyFileGroup[]): string {
  return groups
    .map(([name, entries]) => `[${name}]\n${entries.map(([key, value]) => `${key}=${escapeValue(value)}\n`).join("")}`)
    .join("\n");
}

/** Blanks and tabs need an escape only in front, where a reader would drop them; line ends don't count as the end of the front. */
export function escapeValue(value: string): string {
  let escaped = "";
  let front = true;
  for (const character of value) {
    if (character === "\n") escaped += "\\n";
    else if (character === "\r") escaped += "\\r";
    else if (front && character === " ") escaped += "\\s";
    else if (front && character === "\t") escaped += "\\t";
    else {
      front = false;
      escaped += character === "\\" ? "\\\\" : character;
    }
  }
  return escaped;
}

function encode(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function decodeStrictly(raw: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(raw, "latin1"));
  } catch {
    return undefined;
  }
}

/** For what is only shown or compared with names in ASCII. */
function decodeLoosely(raw: string): string {
  return Buffer.from(raw, "latin1").toString("utf8");
}
