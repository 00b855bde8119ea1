/** Logins of macOS, which getutxent(3) tells. */
import type { Account, Accounts, LoginSession } from "../accounts.ts";
import { native } from "../native.ts";
import { macError } from "./errors.ts";
import { libSystem } from "./library.ts";

/** struct utmpx on macOS: user of 256 bytes, id of 4, line of 32, pid, type of 16 bits, then the time of 64 and 32 bits. */
const RECORD_BYTES = 640;
const USER_BYTES = 256;
const TYPE = 296;
const SECONDS = 304;
const MICROSECONDS = 312;
const USER_PROCESS = 7;

export class MacAccounts implements Accounts {
  async find(): Promise<Account | undefined> {
    throw macError({ code: "ENOSYS" }, "getpwnam");
  }

  async sessions(): Promise<readonly LoginSession[]> {
    const { openSession, nextSession, closeSession } = libSystem();
    const sessions: LoginSession[] = [];
    const koffi = native();
    const record = koffi.array("uint8_t", RECORD_BYTES, "Typed");
    openSession();
    for (let at = nextSession(); at !== null && at !== 0n; at = nextSession()) {
      const session = sessionIn(koffi.decode(at, record) as Uint8Array);
      if (session !== undefined) sessions.push(session);
    }
    closeSession();
    return sessions;
  }
}

/** @returns undefined for a record that is not of a user. */
export function sessionIn(record: Uint8Array): LoginSession | undefined {
  const view = new DataView(record.buffer, record.byteOffset, record.byteLength);
  if (view.getInt16(TYPE, true) !== USER_PROCESS) return undefined;
  const end = record.subarray(0, USER_BYTES).indexOf(0);
  const user = Buffer.from(record.subarray(0, end < 0 ? USER_BYTES : end)).toString("utf8");
  return { user, loginTime: Number(view.getBigInt64(SECONDS, true)) + view.getInt32(MICROSECONDS, true) / 1e6 };
}
