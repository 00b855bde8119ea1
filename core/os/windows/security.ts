/** Owners, access lists and privileges, by advapi32. */

import { listBytes, sidBytes, sidText } from "./access-list.ts";
import { windowsError } from "./errors.ts";
import { bytesAt, checked, checkStatus, declared, lastError } from "./library.ts";

type Handle = unknown;

const security = declared("advapi32.dll", (func) => ({
  getNamed: func(
    "uint32 __stdcall GetNamedSecurityInfoW(const char16_t *, int, uint32, _Out_ void **, void *, _Out_ void **, void *, _Out_ void **)",
  ) as (
    name: string,
    type: number,
    wanted: number,
    owner: [unknown],
    group: null,
    list: [unknown],
    audit: null,
    descriptor: [unknown],
  ) => number,
  openToken: func("int __stdcall OpenProcessToken(void *, uint32, _Out_ void **)") as (
    process: Handle,
    access: number,
    token: [Handle],
  ) => number,
  tokenInformation: func("int __stdcall GetTokenInformation(void *, int, void *, uint32, void *)") as (
    token: Handle,
    what: number,
    into: Uint8Array,
    size: number,
    needed: Uint8Array,
  ) => number,
  lookupPrivilege: func("int __stdcall LookupPrivilegeValueW(const char16_t *, const char16_t *, void *)") as (
    system: null,
    name: string,
    value: Uint8Array,
  ) => number,
  adjust: func("int __stdcall AdjustTokenPrivileges(void *, int, void *, uint32, void *, void *)") as (
    token: Handle,
    disableAll: number,
    state: Uint8Array,
    size: number,
    before: null,
    needed: null,
  ) => number,
}));

const kernel = declared("kernel32.dll", (func) => ({
  currentProcess: func("void *__stdcall GetCurrentProcess()") as () => Handle,
  close: func("int __stdcall CloseHandle(void *)") as (handle: Handle) => number,
  free: func("void *__stdcall LocalFree(void *)") as (memory: unknown) => unknown,
}));

const FILE = 1;
const OWNER_AND_LIST = 0x1 | 0x4;
const TOKEN_QUERY = 0x8;
const TOKEN_ADJUST = 0x20;
const TOKEN_USER = 1;
const ENABLED = 2;
const NOT_ALL_ASSIGNED = 1300;

/** @returns owner's identifier and the access list, undefined where there is none. @throws OsError */
export function securityOf(path: string): { readonly owner: Uint8Array; readonly list: Uint8Array | undefined } {
  const owner: [unknown] = [null];
  const list: [unknown] = [null];
  const descriptor: [unknown] = [null];
  checkStatus(security().getNamed(path, FILE, OWNER_AND_LIST, owner, null, list, null, descriptor), "GetNamedSecurityInfo");
  try {
    return {
      owner: bytesAt(owner[0], sidBytes(bytesAt(owner[0], 2))),
      list: list[0] === null ? undefined : bytesAt(list[0], listBytes(bytesAt(list[0], 8))),
    };
  } finally {
    kernel().free(descriptor[0]);
  }
}

let own: string | undefined;

/** The identifier of who the agent runs as. */
export function ownSid(): string {
  own ??= withToken(TOKEN_QUERY, (token) => {
    const into = new BigUint64Array(32);
    const bytes = new Uint8Array(into.buffer);
    checked(security().tokenInformation(token, TOKEN_USER, bytes, bytes.length, new Uint8Array(4)), "GetTokenInformation");
    const sid = into[0] ?? 0n; // a pointer, to behind itself
    return sidText(bytesAt(sid, sidBytes(bytesAt(sid, 2))));
  });
  return own;
}

/** Switches a right on that the agent has but doesn't use. @throws OsError where it has not. */
export function enablePrivilege(name: string): void {
  withToken(TOKEN_QUERY | TOKEN_ADJUST, (token) => {
    const state = new Uint8Array(16); // how many: 1, the privilege of 8 bytes, its attributes
    const view = new DataView(state.buffer);
    checked(security().lookupPrivilege(null, name, state.subarray(4, 12)), "LookupPrivilegeValue");
    view.setUint32(0, 1, true);
    view.setUint32(12, ENABLED, true);
    lastError(); // loads what tells it, so that nothing comes between
    checked(security().adjust(token, 0, state, 0, null, null), "AdjustTokenPrivileges");
    const error = lastError();
    if (error === NOT_ALL_ASSIGNED) throw windowsError(1314, "AdjustTokenPrivileges");
  });
}

function withToken<T>(access: number, use: (token: Handle) => T): T {
  const token: [Handle] = [null];
  checked(security().openToken(kernel().currentProcess(), access, token), "OpenProcessToken");
  try {
    return use(token[0]);
  } finally {
    kernel().close(token[0]);
  }
}
