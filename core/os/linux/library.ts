/**
 * How functions of the C library are declared and called. Each file declares those that it needs, once. Failures are OsError, made from
 * the errno right after the call.
 */
import type { LibraryHandle } from "koffi";
import { native } from "../native.ts";
import type { OsError } from "../ports.ts";
import { osError } from "./errno.ts";

/** A native function that can also run on a thread of the pool. */
export interface NativeFunction<A extends readonly unknown[], R> {
  (...args: A): R;
  async(...args: [...A, (error: unknown, result: R) => void]): void;
}

/**
 * @param declare is called once, when a function is first used: koffi is not loaded before.
 * @returns what gives the functions.
 */
export function declared<T>(declare: (library: LibraryHandle) => T): () => T {
  let functions: T | undefined;
  return () => {
    functions ??= declare(native().load(null)); // what the process has loaded already: its C library, glibc or musl
    return functions;
  };
}

/** Makes an OsError of the errno that the call just made has left. */
export function lastError(call: string): OsError {
  return osError(native().errno(), call);
}

/** @throws OsError for a negative result. */
export function checked(result: number, call: string): number {
  if (result < 0) throw lastError(call);
  return result;
}

/** Runs on a thread; the errno is the one of that thread, which koffi puts in place for the time of the callback. */
export function offLoop<A extends readonly unknown[], R extends number | bigint>(
  fn: NativeFunction<A, R>,
  call: string,
  ...args: A
): Promise<R> {
  return new Promise((resolve, reject) => {
    fn.async(...args, (error, result) => {
      if (error !== null && error !== undefined) reject(osError(error, call));
      else if (result < 0) reject(lastError(call));
      else resolve(result);
    });
  });
}

/** A function that not every C library has: musl has preadv2 since 1.2.5. */
export function optional<T>(declare: () => T): T | undefined {
  try {
    return declare();
  } catch {
    return undefined;
  }
}
