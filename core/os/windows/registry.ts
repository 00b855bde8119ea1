/** Reading the registry, below HKEY_LOCAL_MACHINE. */
import { checkStatus, declared, wideText } from "./library.ts";

const functions = declared("advapi32.dll", (func) => ({
  getValue: func("uint32 __stdcall RegGetValueW(intptr_t, const char16_t *, const char16_t *, uint32, void *, void *, void *)") as (
    key: number,
    path: string,
    name: string,
    kinds: number,
    kind: null,
    into: Uint8Array,
    size: Uint32Array,
  ) => number,
  open: func("uint32 __stdcall RegOpenKeyExW(intptr_t, const char16_t *, uint32, uint32, void *)") as (
    key: number,
    path: string,
    options: number,
    access: number,
    into: BigInt64Array,
  ) => number,
  keyAt: func("uint32 __stdcall RegEnumKeyExW(intptr_t, uint32, void *, void *, void *, void *, void *, void *)") as (
    key: bigint,
    index: number,
    into: Uint8Array,
    characters: Uint32Array,
    reserved: null,
    ofClass: null,
    classCharacters: null,
    written: null,
  ) => number,
  close: func("uint32 __stdcall RegCloseKey(intptr_t)") as (key: bigint) => number,
}));

const LOCAL_MACHINE = -2147483646;
const TEXTS = 0x2;
const BINARIES = 0x8;
const MAX_VALUE_BYTES = 1024;

const MAY_LIST = 0x8;
/** A key's name has at most 255 characters, and a NUL here. */
const NAME_CHARACTERS = 256;

const FILE_NOT_FOUND = 2;
const NO_MORE_ITEMS = 259;

/** What is read of it; a fake can stand in its place. */
export interface Registry {
  /** The names of the keys in a key; none if it isn't there. @throws OsError if it can't be read. */
  keys(path: string): readonly string[];
  /** @returns undefined for a value that is not there, is no text, is empty or can't be read. */
  text(path: string, name: string): string | undefined;
  /** @returns undefined for a value that is not there, is not binary or can't be read. */
  bytes(path: string, name: string): Uint8Array | undefined;
}

export const localMachine: Registry = {
  keys(path) {
    const key = new BigInt64Array(1);
    const opened = functions().open(LOCAL_MACHINE, path, 0, MAY_LIST, key);
    if (opened === FILE_NOT_FOUND) return [];
    checkStatus(opened, "RegOpenKeyEx");
    try {
      return keysOf(key[0] ?? 0n);
    } finally {
      functions().close(key[0] ?? 0n);
    }
  },
  text(path, name) {
    const bytes = readValue(path, name, TEXTS);
    return bytes && (wideText(bytes) || undefined);
  },
  bytes: (path, name) => readValue(path, name, BINARIES),
};

function keysOf(key: bigint): string[] {
  const names: string[] = [];
  const into = new Uint8Array(NAME_CHARACTERS * 2);
  for (;;) {
    const status = functions().keyAt(key, names.length, into, new Uint32Array([NAME_CHARACTERS]), null, null, null, null);
    if (status === NO_MORE_ITEMS) return names;
    checkStatus(status, "RegEnumKeyEx");
    names.push(wideText(into));
  }
}

function readValue(path: string, name: string, kinds: number): Uint8Array | undefined {
  const into = new Uint8Array(MAX_VALUE_BYTES);
  const size = new Uint32Array([into.length]);
  if (functions().getValue(LOCAL_MACHINE, path, name, kinds, null, into, size) !== 0) return undefined;
  return into.subarray(0, size[0]);
}
