/** Where lines go. */
import type { AuditLine, Lost } from "./line-queue.ts";

export interface Sink {
  add(line: AuditLine): void;
  /** From here on nothing is written. Resolves when nothing is being written any more. */
  hold(): Promise<void>;
  resume(): void;
  /** What waits is written, and what comes from here on at once; nothing if it is held. */
  end(): Promise<void>;
  /** After `end`, where it is no longer wanted. */
  close(): void;
}

/** What a sink says to the rest. */
export interface SinkHost {
  /** The line in place of those that did not fit. */
  readonly lost: (lost: Lost) => AuditLine;
  /** For the log: said once until it is over. */
  readonly trouble: (text: string) => void;
  readonly over: (text: string) => void;
}
