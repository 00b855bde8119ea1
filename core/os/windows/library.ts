/** How functions of Windows' libraries are declared and called. Each file declares those that it needs, once. */
import type { LibraryHandle } from "koffi";
import { native } from "../native.ts";
import { windowsError } from "./errors.ts";

/** Loads a library of the system's own by its path: a name alone could be found elsewhere first. */
function systemLibrary(name: string): LibraryHandle {
  return native().load(`${process.env.SystemRoot || "C:\\Windows"}\\System32\\${name}`);
}

/** A function with the calling convention of Windows' libraries, untyped; who declares it says what it takes. */
export type Declare = (prototype: string) => unknown;

/**
 * @param declare is called once, when a function is first used: neither koffi nor the library is loaded before.
 * @returns what gives the functions.
 */
export function declared<T>(name: string, declare: (func: Declare) => T): () => T {
  let functions: T | undefined;
  return () => {
    if (functions === undefined) {
      const library = systemLibrary(name);
      functions = declare((prototype) => library.func(prototype));
    }
    return functions;
  };
}

const kernel = declared("kernel32.dll", (func) => ({
  getLastError: func("uint32 __stdcall GetLastError()") as () => number,
}));

/**
 * The error of the last native call. koffi keeps it for itself after each call, so that nothing that Node or the loading of a library does
 * comes between; in the callback of a call on a thread it is that call's.
 */
export function lastError(): number {
  return kernel().getLastError();
}

/** @throws OsError if the result is zero: most functions say so that they have failed. */
export function checked<T extends number | bigint | boolean | null>(result: T, call: string): T {
  if (result === 0 || result === 0n || result === false || result === null) throw windowsError(lastError(), call);
  return result;
}

/** @throws OsError for functions that return the error's number. */
export function checkStatus(status: number, call: string): void {
  if (status !== 0) throw windowsError(status, call);
}

/** A text of UTF-16 in a buffer, up to its NUL. */
export function wideText(bytes: Uint8Array, offset = 0): string {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf16le", offset);
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** Several texts of UTF-16, each with its NUL, and another one at their end. */
export function wideTexts(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf16le");
  return (text.split("\0\0", 1)[0] ?? "").split("\0").filter((part) => part !== "");
}

/** A copy of memory that a call has given. */
export function bytesAt(pointer: unknown, length: number, offset = 0): Uint8Array {
  if (length === 0) return new Uint8Array();
  const koffi = native();
  return koffi.decode(pointer, offset, koffi.array("uint8_t", length, "Typed")) as Uint8Array;
}

/** The text of UTF-16 behind a pointer; undefined for none. */
export function textAt(pointer: unknown): string | undefined {
  if (pointer === null || pointer === undefined || pointer === 0n) return undefined;
  const koffi = native();
  return koffi.decode(pointer, "char16_t", -1) as string;
}

/** A native function that can also run on a thread of the pool. */
export interface ThreadedFunction<A extends readonly unknown[], R> {
  (...args: A): R;
  async(...args: [...A, (error: unknown, result: R) => void]): void;
}

/**
 * Runs on a thread: what asks a device can wait for it. The error has to be asked for in the callback: later it is another call's.
 * @param failed whether a result says that the call has failed; its error is then asked for.
 */
export function offLoop<A extends readonly unknown[], R>(
  fn: ThreadedFunction<A, R>,
  call: string,
  failed: (result: R) => boolean,
  ...args: A
): Promise<R> {
  return new Promise((resolve, reject) => {
    fn.async(...args, (error, result) => {
      if (error !== null && error !== undefined) reject(windowsError(error, call));
      else if (failed(result)) reject(windowsError(lastError(), call));
      else resolve(result);
    });
  });
}
