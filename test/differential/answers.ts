/**
 * Answers made comparable: members sorted, because an agent may send them in any order, everything else as it came (the spelling of numbers
 * and escapes, spaces, the byte 0xFF). `JSON.parse` would lose int64 and refuse the `inf` that the reference sends.
 */

/** Counters that move between two looks at the same interface. */
const MOVING = /("(?:rx|tx)-(?:bytes|packets|errs|dropped)": )\d+/g;

const SCALAR = /-?(?:inf|nan|\d[\d.eE+-]*)|true|false|null/y;

/** @param line or what stands in place of one, without its newline, one character a byte. */
export function comparable(line: string): string {
  if (line.startsWith("<")) return line;
  const delimited = line.startsWith("\xff");
  const text = delimited ? line.slice(1) : line;
  const mark = delimited ? "<FF>" : "";
  try {
    const reader = new Reader(text);
    const sorted = reader.value();
    if (reader.at !== text.length) return `${mark}<no single JSON text> ${text}`;
    return mark + (sorted.includes('"statistics"') ? sorted.replace(MOVING, "$1<count>") : sorted);
  } catch {
    return `${mark}<no JSON in the usual format> ${text}`;
  }
}

class Reader {
  at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  value(): string {
    if (this.#skip("{")) {
      const members = this.#list("}", () => {
        const key = this.#scalar();
        this.#expect(": ");
        return `${key}: ${this.value()}`;
      });
      return `{${members.sort().join(", ")}}`;
    }
    if (this.#skip("[")) return `[${this.#list("]", () => this.value()).join(", ")}]`;
    return this.#scalar();
  }

  #list(end: string, item: () => string): string[] {
    const items: string[] = [];
    if (this.#skip(end)) return items;
    do items.push(item());
    while (this.#skip(", "));
    this.#expect(end);
    return items;
  }

  #scalar(): string {
    if (this.#text[this.at] === '"') return this.#string();
    SCALAR.lastIndex = this.at;
    const found = SCALAR.exec(this.#text)?.[0];
    if (found === undefined) throw new SyntaxError(`at ${this.at}`);
    this.at += found.length;
    return found;
  }

  /** With `indexOf`: an answer can hold 64 MiB of base64. */
  #string(): string {
    const start = this.at;
    let end = start;
    do {
      end = this.#text.indexOf('"', end + 1);
      if (end < 0) throw new SyntaxError(`a string without end at ${start}`);
    } while (this.#escaped(end));
    this.at = end + 1;
    return this.#text.slice(start, this.at);
  }

  #escaped(at: number): boolean {
    let backslashes = 0;
    while (this.#text[at - 1 - backslashes] === "\\") backslashes++;
    return backslashes % 2 === 1;
  }

  #skip(expected: string): boolean {
    if (!this.#text.startsWith(expected, this.at)) return false;
    this.at += expected.length;
    return true;
  }

  #expect(expected: string): void {
    if (!this.#skip(expected)) throw new SyntaxError(`no '${expected}' at ${this.at}`);
  }
}

/** A line, or some bytes to send, for people to read: short, and in ASCII. */
export function shown(bytes: string): string {
  const short = bytes.length > 600 ? `${bytes.slice(0, 300)}…(${bytes.length} bytes)…${bytes.slice(-200)}` : bytes;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about.
  return short.replace(/[\x00-\x1f\x7f-\xff]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`);
}
