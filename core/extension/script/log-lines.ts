/** What a script writes to its standard error, as lines of the log. */
import type { Log } from "../../log.ts";
import { printable } from "../../printable.ts";

const LINE_BYTES = 1000;
/** Of one run. */
const MAX_LINES = 100;
const NEWLINE = 0x0a;

export class LogLines {
  readonly #log: Pick<Log, "message">;
  readonly #command: string;
  readonly #line = Buffer.alloc(LINE_BYTES);
  #length = 0;
  #cut = false;
  #lines = 0;

  constructor(log: Pick<Log, "message">, command: string) {
    this.#log = log;
    this.#command = command;
  }

  add(chunk: Uint8Array): void {
    for (let at = 0; at < chunk.length; ) {
      const end = chunk.indexOf(NEWLINE, at);
      this.#append(chunk.subarray(at, end < 0 ? chunk.length : end));
      if (end < 0) return;
      this.#write();
      at = end + 1;
    }
  }

  /** At the end: the last line may lack its end, and of too many the number is told. */
  finish(): void {
    if (this.#length > 0) this.#write();
    const more = this.#lines - MAX_LINES;
    if (more > 0) this.#log.message(`${this.#command}: ${more} more ${more === 1 ? "line was" : "lines were"} left out`);
  }

  #append(part: Uint8Array): void {
    const kept = part.subarray(0, LINE_BYTES - this.#length);
    this.#line.set(kept, this.#length);
    this.#length += kept.length;
    if (kept.length < part.length) this.#cut = true;
  }

  #write(): void {
    this.#lines += 1;
    const text = this.#line.toString("utf8", 0, this.#length).trimEnd();
    if (text !== "" && this.#lines <= MAX_LINES) this.#log.message(`${this.#command}: ${printable(text)}${this.#cut ? " …" : ""}`);
    this.#length = 0;
    this.#cut = false;
  }
}
