/**
 * Who could change a file, by its owner and its access list: the counterpart of owner and mode. Trusted are the system, the administrators,
 * Windows' own installer, and whoever the agent runs as.
 */
import { closeSync, fstatSync, lstatSync, openSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path/win32";
import { Untrusted } from "../../trusted-file.ts";
import type { Trust } from "../own-process.ts";
import { entriesOf, type SecurityEntry, sidText } from "./access-list.ts";
import { ownSid, securityOf } from "./security.ts";

const TRUSTED = new Set([
  "S-1-5-18", // the system
  "S-1-5-32-544", // administrators
  "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464", // TrustedInstaller
  "S-1-3-4", // whoever owns it, which is checked
]);

const DELETE = 0x10000;
const WRITE_DAC = 0x40000;
const WRITE_OWNER = 0x80000;
const GENERIC_ALL = 0x10000000;
const GENERIC_WRITE = 0x40000000;
const WRITE_DATA = 0x2;
const APPEND_DATA = 0x4;
const WRITE_EA = 0x10;
const DELETE_CHILD = 0x40;
const WRITE_ATTRIBUTES = 0x100;

const TAKES_OVER = DELETE | WRITE_DAC | WRITE_OWNER | GENERIC_ALL;
/** What changes a file; and what changes what is in a folder. In many folders on the way anybody may make something new, which hurts nobody. */
const CHANGES_FILE = TAKES_OVER | GENERIC_WRITE | WRITE_DATA | APPEND_DATA | WRITE_EA | WRITE_ATTRIBUTES;
const CHANGES_FOLDER = TAKES_OVER | DELETE_CHILD;

const MAX_BYTES = 64 * 1024 * 1024;

export const trust: Trust = {
  read(path) {
    const whole = resolve(path);
    checkWay(whole);
    const fd = openSync(whole, "r");
    try {
      const status = fstatSync(fd);
      if (!status.isFile()) throw new Untrusted(`${whole}: this is no regular file: put one there`);
      if (status.size > MAX_BYTES) throw new Untrusted(`${whole}: this has more than ${MAX_BYTES / 1024 / 1024} MiB: make it smaller`);
      return { path: whole, bytes: readFileSync(fd), mode: status.mode & 0o7777 };
    } finally {
      closeSync(fd);
    }
  },
  checkFolders: (path) => checkWay(resolve(path)),
};

/** From the drive down. Links would lead elsewhere, and belong to whom nobody looks at: there must be none. */
function checkWay(path: string): void {
  const way: string[] = [];
  for (let at = path; ; at = dirname(at)) {
    way.unshift(at);
    if (at === dirname(at)) break;
  }
  for (const each of way) {
    const status = lstatSync(each);
    if (status.isSymbolicLink()) throw new Untrusted(`${each}: this is a link: put the file itself there, or name where it leads`);
    checkSecurity(each, status.isDirectory() ? CHANGES_FOLDER : CHANGES_FILE);
  }
}

function checkSecurity(path: string, changes: number): void {
  const { owner, list } = securityOf(path);
  const problem = problemOf(
    owner,
    list === undefined ? undefined : entriesOf(list),
    changes,
    (sid) => TRUSTED.has(sid) || sid === ownSid(),
  );
  if (problem !== undefined) throw new Untrusted(`${path}: ${problem}`);
}

/**
 * @param owner the identifier's bytes. @param entries undefined where there is no list, which lets everybody do everything.
 * @returns what lets others change it, and what to do.
 */
export function problemOf(
  owner: Uint8Array,
  entries: readonly SecurityEntry[] | undefined,
  changes: number,
  isTrusted: (sid: string) => boolean,
): string | undefined {
  const sid = sidText(owner);
  if (!isTrusted(sid))
    return `this belongs to ${sid}, who could change it: make the administrators its owner (icacls … /setowner *S-1-5-32-544)`;
  if (entries === undefined) return "this has no access list, so everybody may change it: set one (icacls … /reset)";
  const other = entries.find((entry) => entry.grants && entry.holdsHere && (entry.mask & changes) !== 0 && !isTrusted(entry.sid));
  return other && `${other.sid} may change it: take that right away (icacls … /remove *${other.sid})`;
}
