/** A plugin's log: every line has its name, none can be taken for another's, and a flood is counted, not written. */
import type { Level, Log } from "../log.ts";
import { printable } from "../printable.ts";

const LINES_A_SECOND = 100;
const LONGEST = 4096;
const SECOND_MS = 1000;

export class FloodLog implements Log {
  readonly #log: Log;
  readonly #prefix: string;
  #since = Number.NEGATIVE_INFINITY;
  #lines = 0;
  #left = 0;

  constructor(log: Log, plugin: string) {
    this.#log = log;
    this.#prefix = `plugin ${plugin}: `;
  }

  error(text: string): void {
    this.#add("error", text);
  }

  critical(text: string): void {
    this.#add("critical", text);
  }

  warning(text: string): void {
    this.#add("warning", text);
  }

  message(text: string): void {
    this.#add("message", text);
  }

  info(text: string): void {
    this.#add("info", text);
  }

  debug(text: string | (() => string)): void {
    if (this.#admits()) this.#log.debug(() => this.#line(typeof text === "function" ? text() : text));
  }

  #add(level: Exclude<Level, "debug">, text: string): void {
    if (this.#admits()) this.#log[level](this.#line(text));
  }

  #line(text: unknown): string {
    const line = typeof text === "string" ? text : `a line that is no text but ${typeof text}`;
    const short = line.length > LONGEST ? `${line.slice(0, LONGEST)}… (${line.length} characters)` : line;
    return `${this.#prefix}${printable(short)}`;
  }

  #admits(): boolean {
    const now = performance.now();
    if (now - this.#since >= SECOND_MS) {
      this.#since = now;
      this.#lines = 0;
    }
    if (this.#lines++ < LINES_A_SECOND) return true;
    // Said at the second's end, also if the plugin then is silent.
    if (this.#left++ === 0) setTimeout(() => this.#sumUp(), this.#since + SECOND_MS - now).unref();
    return false;
  }

  #sumUp(): void {
    this.#log.warning(`${this.#prefix}${this.#left} more lines were left out: it may write ${LINES_A_SECOND} a second`);
    this.#left = 0;
  }
}
