import type { Grammar } from "./grammar.ts";

/** Something that takes bytes from somebody who is not trusted. Texts have one character a byte. */
export interface Target {
  readonly name: string;
  /** Beginnings of paths in the project: the code of which new parts are searched. */
  readonly covers: readonly string[];
  readonly seeds: readonly string[];
  /** What inputs are made of, beside pieces of each other. */
  readonly words?: readonly string[];
  readonly grammar?: Grammar;
  /** Default: 4096. */
  readonly maxBytes?: number;
  /** How many inputs the bounded run takes. */
  readonly bounded: number;
  readonly before?: () => Promise<void>;
  readonly after?: () => Promise<void>;
  /**
   * @returns a text that tells apart outcomes for which the same code runs; undefined where there is no such text.
   * @throws anything, which is then a failure.
   */
  readonly run: (input: Buffer) => string | undefined | Promise<string | undefined>;
}
