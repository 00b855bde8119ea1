/** The terms in which differences between agents are described. */
import type { Generation } from "./reference.ts";

export interface OtherText {
  readonly id: string;
  readonly generation: Generation;
  readonly why: string;
  readonly pattern: RegExp;
  readonly becomes: string;
}

export interface Compared {
  /** Table and case. */
  readonly where: string;
  readonly sent: string;
  readonly generation: Generation;
  /** Lines, members sorted, other versions' texts translated. */
  readonly theirs: readonly string[];
  readonly ours: readonly string[];
}

export interface Difference {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly matches: (compared: Compared) => boolean;
  /** One that it explains, and one that it must not. */
  readonly examples: { readonly explained: Compared; readonly unexplained: Compared };
}

/** Theirs, ours, what was sent. */
export type LineExample = readonly [string, string, string];

/** A difference that one line shows, whatever stands before and after it. */
export interface LineDifference {
  readonly id: string;
  readonly what: string;
  readonly why: string;
  readonly matches: (theirs: string, ours: string, sent: string) => boolean;
  /** Lines of theirs and ours that it explains, and that it must not. */
  readonly examples: { readonly explained: LineExample; readonly unexplained: LineExample };
}
