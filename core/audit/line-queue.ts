/** Lines that wait to be written, in bounded memory. */

/** A line, with what a reader sorts by. */
export interface AuditLine {
  /** Counts the agent's lines, whatever the clock does. */
  readonly number: number;
  /** JSON, with its newline. */
  readonly text: string;
  /** For a reader who sees one sentence. */
  readonly message: string;
  readonly notable: boolean;
  readonly command?: string;
  readonly decision?: string;
  readonly peer?: string;
}

/** How many, and how many characters of them, may wait. */
export const WAITING_LINES = 10_000;
const WAITING_CHARACTERS = 8 * 1024 * 1024;

/** What did not fit any more: none between the first and the last was kept. */
export interface Lost {
  readonly records: number;
  readonly first: number;
  readonly last: number;
}

/** The oldest are kept: who wants to hide what he did can't push it out by asking for more. */
export class LineQueue {
  #lines: AuditLine[] = [];
  #characters = 0;
  #lost: Lost | undefined;
  readonly #tell: (lost: Lost) => AuditLine;

  /** @param tell makes the line that stands in place of those that were lost. */
  constructor(tell: (lost: Lost) => AuditLine) {
    this.#tell = tell;
  }

  get isEmpty(): boolean {
    return this.#lines.length === 0;
  }

  push(line: AuditLine): void {
    if (this.#lines.length >= WAITING_LINES || this.#characters >= WAITING_CHARACTERS) {
      const { records, first } = this.#lost ?? { records: 0, first: line.number };
      this.#lost = { records: records + 1, first, last: line.number };
      return;
    }
    this.#lines.push(line);
    this.#characters += line.text.length;
  }

  /** Takes all, the oldest first. */
  takeAll(): AuditLine[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    if (this.#lost) lines.push(this.#tell(this.#lost));
    this.#lost = undefined;
    return lines;
  }
}
