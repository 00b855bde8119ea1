/** utmp(5): the system's record of logins, a file of C structures. It is read without the C library, of which musl has no reader. */
import type { LoginSession } from "../accounts.ts";

/** Where the record of an architecture has what. The type is at 0, 16 bits; all are little-endian. */
export interface UtmpLayout {
  readonly size: number;
  /** Offset of the seconds, and their width in bytes. */
  readonly seconds: number;
  readonly secondsWidth: 4 | 8;
  readonly microseconds: number;
}

/** Most 64-bit systems keep the fields of their 32-bit ancestors; arm64 had none to be like. */
const COMPATIBLE: UtmpLayout = { size: 384, seconds: 340, secondsWidth: 4, microseconds: 344 };
const WIDE: UtmpLayout = { size: 400, seconds: 344, secondsWidth: 8, microseconds: 352 };

/** @param architecture as `process.arch` has it. */
export function utmpLayout(architecture: string): UtmpLayout {
  return architecture === "arm64" ? WIDE : COMPATIBLE;
}

const USER_PROCESS = 7;
const USER_OFFSET = 44;
const USER_BYTES = 32;

/**
 * @param bytes of the file; a record that is cut off at its end is left out.
 * @returns the logins that have not ended, in the file's order.
 */
export function parseUtmp(bytes: Uint8Array, layout: UtmpLayout): LoginSession[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const sessions: LoginSession[] = [];
  for (let at = 0; at + layout.size <= bytes.length; at += layout.size) {
    if (view.getInt16(at, true) !== USER_PROCESS) continue;
    // 32 bits of seconds count from 0: so they last until 2106, and glibc reads them so.
    const seconds =
      layout.secondsWidth === 4 ? view.getUint32(at + layout.seconds, true) : Number(view.getBigInt64(at + layout.seconds, true));
    const microseconds =
      layout.secondsWidth === 4 ? view.getInt32(at + layout.microseconds, true) : Number(view.getBigInt64(at + layout.microseconds, true));
    sessions.push({ user: userAt(bytes, at + USER_OFFSET), loginTime: seconds + microseconds / 1e6 });
  }
  return sessions;
}

/** A name of the full length has no NUL behind it. */
function userAt(bytes: Uint8Array, at: number): string {
  const field = bytes.subarray(at, at + USER_BYTES);
  const end = field.indexOf(0);
  return Buffer.from(end < 0 ? field : field.subarray(0, end)).toString("utf8");
}
