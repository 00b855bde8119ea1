/** Logins by the terminal services, passwords by the network API, which Windows has for local users too. */
import type { Account, Accounts, LoginSession } from "../accounts.ts";
import { native } from "../native.ts";
import { nanosecondsOf } from "./clock.ts";
import { windowsError } from "./errors.ts";
import { bytesAt, checked, declared, lastError, type ThreadedFunction, wideText } from "./library.ts";

const terminal = declared("wtsapi32.dll", (func) => ({
  sessions: func("int __stdcall WTSEnumerateSessionsW(void *, uint32, uint32, _Out_ void **, void *)") as (
    server: null,
    reserved: number,
    version: number,
    list: [unknown],
    count: Uint32Array,
  ) => number,
  session: func("int __stdcall WTSQuerySessionInformationW(void *, uint32, int, _Out_ void **, void *)") as (
    server: null,
    session: number,
    what: number,
    into: [unknown],
    size: Uint32Array,
  ) => number,
  free: func("void __stdcall WTSFreeMemory(void *)") as (memory: unknown) => void,
}));

type SetInfo = ThreadedFunction<
  [server: null, user: string, level: number, information: { password: Uint8Array }, wrong: Uint8Array],
  number
>;

const network = declared("netapi32.dll", (func) => {
  native().struct("USER_INFO_1003", { password: "void *" });
  return {
    setInformation: func("uint32 __stdcall NetUserSetInfo(void *, const char16_t *, uint32, USER_INFO_1003 *, void *)") as SetInfo,
  };
});

const kernel = declared("kernel32.dll", (func) => ({
  toWide: func("int __stdcall MultiByteToWideChar(uint32, uint32, void *, int, void *, int)") as (
    codePage: number,
    flags: number,
    from: Uint8Array,
    size: number,
    into: Uint8Array | null,
    characters: number,
  ) => number,
}));

const SESSION_BYTES = 24;
const SESSION_INFORMATION = 24;
/** WTSINFOW, and where in it are domain, user and the time of the login. */
const INFORMATION_BYTES = 216;
const DOMAIN = 96;
const USER = 130;
const USER_END = 172;
const LOGIN_TIME = 200;

const PASSWORD_LEVEL = 1003;
const UTF8 = 65001;
const REFUSE_INVALID = 8;

export class WindowsAccounts implements Accounts {
  async find(): Promise<Account | undefined> {
    throw windowsError({ code: "ENOSYS" }, "find");
  }

  async sessions(): Promise<readonly LoginSession[]> {
    const list: [unknown] = [null];
    const count = new Uint32Array(1);
    lastError();
    checked(terminal().sessions(null, 0, 1, list, count), "WTSEnumerateSessions");
    try {
      const bytes = bytesAt(list[0], (count[0] ?? 0) * SESSION_BYTES);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      const ids = Array.from({ length: count[0] ?? 0 }, (_, index) => view.getUint32(index * SESSION_BYTES, true));
      return ids.flatMap((id) => loginOf(id) ?? []);
    } finally {
      terminal().free(list[0]);
    }
  }

  async setPassword(name: string, password: Uint8Array): Promise<void> {
    const wide = wideBytes(password);
    try {
      const status = await new Promise<number>((resolve, reject) => {
        network().setInformation.async(null, name, PASSWORD_LEVEL, { password: wide }, new Uint8Array(4), (error, result) =>
          error === null || error === undefined ? resolve(result) : reject(windowsError(error, "NetUserSetInfo")),
        );
      });
      if (status !== 0) throw windowsError(status, "NetUserSetInfo");
    } finally {
      wide.fill(0);
    }
  }
}

/** @returns undefined for a session in which nobody is. */
function loginOf(session: number): LoginSession | undefined {
  const into: [unknown] = [null];
  const size = new Uint32Array(1);
  // It may have ended meanwhile.
  if (terminal().session(null, session, SESSION_INFORMATION, into, size) === 0) return undefined;
  try {
    return (size[0] ?? 0) < INFORMATION_BYTES ? undefined : loginIn(bytesAt(into[0], INFORMATION_BYTES));
  } finally {
    terminal().free(into[0]);
  }
}

/** @param information a WTSINFOW. */
export function loginIn(information: Uint8Array): LoginSession | undefined {
  const user = wideText(information.subarray(USER, USER_END));
  if (user === "") return undefined;
  const domain = wideText(information.subarray(DOMAIN, USER));
  const time = new DataView(information.buffer, information.byteOffset, information.byteLength).getBigUint64(LOGIN_TIME, true);
  return { user, loginTime: Number(nanosecondsOf(time) / 1000n) / 1e6, ...(domain === "" ? {} : { domain }) };
}

/** From UTF-8, with a NUL behind it, and without a string, which nobody could wipe. @throws OsError for what is no UTF-8. */
function wideBytes(text: Uint8Array): Uint8Array {
  if (text.length === 0) return new Uint8Array(2);
  lastError();
  const { toWide } = kernel();
  const characters = checked(toWide(UTF8, REFUSE_INVALID, text, text.length, null, 0), "MultiByteToWideChar");
  const wide = new Uint8Array(2 * characters + 2);
  checked(toWide(UTF8, REFUSE_INVALID, text, text.length, wide, characters), "MultiByteToWideChar");
  return wide;
}
