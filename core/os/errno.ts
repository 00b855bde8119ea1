/** Failures of the system as `OsError`, in the words of the system that this runs on. */
import { osError as linuxError } from "./linux/errno.ts";
import type { OsError } from "./ports.ts";

/** Makes an OsError of a number of the system's, or of what Node threw. */
export type ErrorReader = (failure: unknown, call: string) => OsError;

let read: ErrorReader = linuxError;

/** For a system other than Linux, before anything can fail. */
export function readErrorsBy(reader: ErrorReader): void {
  read = reader;
}

/**
 * @param failure a number of the system's, or what node threw or passed to a callback.
 * @param call the system call's name.
 */
export function osError(failure: unknown, call: string): OsError {
  return read(failure, call);
}
