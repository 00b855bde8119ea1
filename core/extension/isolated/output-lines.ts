/** What a plugin's process prints, line by line for the log. A flood costs little: what is too much is counted, and then not even read. */
import type { Readable } from "node:stream";
import { printable } from "../../printable.ts";

const PERIOD_MS = 1000;
/** In a period: lines that are told, and bytes that are read before the pipe is left full until the next one. */
const LINES = 100;
const BYTES = 1024 * 1024;
/** A line is cut here. */
const LINE_LENGTH = 2000;

export class OutputLines {
  readonly #stream: Readable;
  readonly #tell: (line: string) => void;
  #rest = "";
  #cut = false;
  #lines = 0;
  #left = 0;
  #bytes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(stream: Readable, tell: (line: string) => void) {
    this.#stream = stream;
    this.#tell = tell;
    stream.setEncoding("utf8");
    stream.on("data", (text: string) => this.#read(text));
    stream.on("error", () => undefined);
    stream.once("end", () => this.#end());
  }

  /** No more is read. */
  close(): void {
    this.#end();
    this.#stream.destroy();
  }

  #read(text: string): void {
    this.#timer ??= setTimeout(() => this.#period(), PERIOD_MS).unref();
    this.#bytes += text.length;
    if (this.#bytes > BYTES) this.#stream.pause();
    let at = 0;
    for (;;) {
      const end = text.indexOf("\n", at);
      if (end < 0) break;
      this.#append(text.slice(at, end));
      this.#line();
      at = end + 1;
    }
    this.#append(text.slice(at));
  }

  #append(text: string): void {
    const room = LINE_LENGTH - this.#rest.length;
    if (text.length > room) this.#cut = true;
    this.#rest += text.slice(0, room);
  }

  #line(): void {
    this.#lines += 1;
    if (this.#lines > LINES) this.#left += 1;
    else this.#tell(`${printable(this.#rest)}${this.#cut ? "…" : ""}`);
    this.#rest = "";
    this.#cut = false;
  }

  #period(): void {
    this.#timer = undefined;
    this.#lines = 0;
    this.#bytes = 0;
    this.#tellLeft();
    this.#stream.resume();
  }

  #tellLeft(): void {
    if (this.#left > 0) this.#tell(`${this.#left} more lines within a second are left out`);
    this.#left = 0;
  }

  #end(): void {
    clearTimeout(this.#timer);
    if (this.#rest !== "") this.#line();
    this.#tellLeft();
  }
}
