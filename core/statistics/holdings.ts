/** What plugins hold for clients, for guest-lodger-stats: open files, processes. */
import { Token } from "../token.ts";

export interface Holdings {
  /** @param what in the plural, words joined by `-`. @param count how many there are now. */
  set(what: string, count: number): void;
}

export const Holdings = new Token<Holdings>("holdings");
