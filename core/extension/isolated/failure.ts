/** What a plugin throws, on its way through the channel. */
import { CommandError, failed } from "../../errors.ts";
import { printable } from "../../printable.ts";
import { thrownText } from "../module-errors.ts";
import type { Failure } from "./messages.ts";

const LONGEST_TEXT = 2000;
const LONGEST_ERROR = 64 * 1024;

/** Anything can be thrown, also what can't be looked at. */
export function failureOf(error: unknown): Failure {
  try {
    if (error instanceof CommandError) return { text: String(error.message), told: true };
    if (error instanceof Error && error.stack !== undefined)
      return { text: String(error.message), told: false, stack: String(error.stack) };
  } catch {
    // Then as little as there is.
  }
  return { text: thrownText(error), told: false };
}

/** In the agent: what the client shall read as it is, or an error for the log. */
export function errorOf({ text, told, stack }: Failure): Error {
  if (told) return failed(text.slice(0, LONGEST_ERROR));
  const error = new Error(cut(text));
  if (stack !== undefined) error.stack = stack.slice(0, LONGEST_TEXT);
  return error;
}

/** For one line of the log. */
export function cut(text: string): string {
  const printed = printable(text.slice(0, LONGEST_TEXT));
  return text.length > LONGEST_TEXT ? `${printed}…` : printed;
}
