/** Users by the C library, which asks whatever the system is set up with; logins from utmp. */
import { constants, promises as fs } from "node:fs";
import type { Account, Accounts, LoginSession } from "../accounts.ts";
import { native } from "../native.ts";
import { osError } from "./errno.ts";
import { declared, type NativeFunction, offLoop } from "./library.ts";
import { Patience } from "./patience.ts";
import { parseUtmp, utmpLayout } from "./utmp.ts";

/** struct passwd, on all 64-bit systems. */
const ENTRY_BYTES = 48;

interface Entry {
  readonly uid: number;
  readonly gid: number;
  readonly home: string | null;
}

type GetPwNam = NativeFunction<[name: string, entry: Uint8Array, strings: Uint8Array, size: number, found: BigUint64Array], number>;

const c = declared((library) => ({
  getpwnam_r: library.func("int getpwnam_r(const char *, void *, void *, size_t, void *)") as unknown as GetPwNam,
  entry: native().struct({
    name: "void *",
    password: "void *",
    uid: "uint",
    gid: "uint",
    comment: "void *",
    home: "const char *",
    program: "void *",
  }),
}));

/** An entry's strings: the first guess, and the most that is tried. */
const STRINGS_BYTES = 4096;
const MAX_STRINGS_BYTES = 1024 * 1024;

/** No system has longer names, but some servers are asked for whatever comes. */
const MAX_NAME_BYTES = 1024;

/** What getpwnam_r may answer for "there is no such user", beside 0 and no entry. */
const NO_SUCH_USER = new Set(["ENOENT", "ESRCH", "EBADF", "EPERM"]);

/** A directory server that doesn't answer is given up after this time, in milliseconds. */
const LOOKUP_MS = 10_000;

/** Some 40,000 logins; a larger file is no utmp. */
const MAX_UTMP_BYTES = 16 * 1024 * 1024;

export class LinuxAccounts implements Accounts {
  readonly #utmp: string;
  readonly #architecture: string;
  readonly #patience = new Patience(LOOKUP_MS);
  /** Who asks for the same name meanwhile gets the same answer. */
  readonly #lookups = new Map<string, Promise<Account | undefined>>();

  /** @param utmp the record of logins. @param architecture whose layout it has, as `process.arch` names it. */
  constructor(utmp = "/var/run/utmp", architecture: string = process.arch) {
    this.#utmp = utmp;
    this.#architecture = architecture;
  }

  async find(name: string): Promise<Account | undefined> {
    // What can't be a name is not asked for: a NUL would cut it short, the others separate the fields and lines of the users' files.
    if (name === "" || /[\0\n:]/.test(name) || Buffer.byteLength(name) > MAX_NAME_BYTES) return undefined;
    let lookup = this.#lookups.get(name);
    if (lookup === undefined) {
      lookup = this.#patience.ask(name, "getpwnam", () => lookUp(name)).finally(() => this.#lookups.delete(name));
      this.#lookups.set(name, lookup);
    }
    return lookup;
  }

  async sessions(): Promise<readonly LoginSession[]> {
    let file: fs.FileHandle;
    try {
      file = await fs.open(this.#utmp, constants.O_RDONLY | constants.O_NONBLOCK);
    } catch (error) {
      const failure = osError(error, "open");
      if (failure.code === "ENOENT" || failure.code === "ENOTDIR") return []; // a system that keeps no record
      throw failure;
    }
    try {
      if ((await file.stat()).size > MAX_UTMP_BYTES) throw osError({ code: "EFBIG" }, "read");
      return parseUtmp(await file.readFile(), utmpLayout(this.#architecture));
    } catch (error) {
      throw osError(error, "read");
    } finally {
      await file.close();
    }
  }
}

async function lookUp(name: string): Promise<Account | undefined> {
  for (let size = STRINGS_BYTES; ; size *= 4) {
    const entry = new Uint8Array(ENTRY_BYTES);
    const strings = new Uint8Array(size);
    const found = new BigUint64Array(1);
    const errno = await offLoop(c().getpwnam_r, "getpwnam", name, entry, strings, size, found);
    if (errno === 0 && found[0] === 0n) return undefined;
    if (errno === 0) return account(name, entry, strings);
    const failure = osError(errno, "getpwnam");
    if (NO_SUCH_USER.has(failure.code)) return undefined;
    if (failure.code !== "ERANGE" || size * 4 > MAX_STRINGS_BYTES) throw failure;
  }
}

/** @param _strings is where most of the entry's pointers lead: it must live until they were followed. Some lead elsewhere. */
function account(name: string, entry: Uint8Array, _strings: Uint8Array): Account {
  const { uid, gid, home } = native().decode(entry, c().entry) as Entry;
  return { name, uid, gid, home: home ?? "" };
}
