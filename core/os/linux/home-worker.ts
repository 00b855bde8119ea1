/**
 * The process that works in a home directory: the agent's own program, started again for one request. It becomes the user before it
 * looks at anything of theirs. From then on the kernel lets nobody but root look into it or steer it; the user can only end it.
 */
import { readSync, writeSync } from "node:fs";
import type { Account } from "../accounts.ts";
import { readHomeFile, replaceHomeFile } from "./home-folder.ts";
import { HomeFailure, type HomeRequest, MAX_MESSAGE_BYTES, readRequest, writeAnswer } from "./home-request.ts";

/** Answers the request on standard input, on standard output. @returns the exit status: 1 for what is no request. */
export function runHomeWorker(): number {
  let request: HomeRequest;
  try {
    request = readRequest(standardInput());
  } catch {
    return 1;
  }
  send(writeAnswer(outcomeOf(request)));
  return 0;
}

function outcomeOf({ account, folder, name, content }: HomeRequest): Uint8Array | undefined | HomeFailure {
  try {
    become(account);
    if (content === undefined) return readHomeFile(account.home, folder, name);
    replaceHomeFile(account.home, folder, name, content);
    return undefined;
  } catch (error) {
    if (error instanceof HomeFailure) return error;
    throw error;
  }
}

/** Node has it; its types don't. */
type Process = NodeJS.Process & { readonly initgroups?: (user: string, group: number) => void };

/** For good: no way leads back. @throws HomeFailure if it didn't work. */
export function become({ name, uid, gid }: Account): void {
  const { initgroups, setgid, setuid, getuid, geteuid, getgid, getegid }: Process = process;
  if (!initgroups || !setgid || !setuid || !getuid || !geteuid || !getgid || !getegid) throw new HomeFailure("ENOSYS", "setuid");
  try {
    initgroups(name, gid);
    setgid(gid);
    setuid(uid);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new HomeFailure(code?.startsWith("E") ? (code as `E${string}`) : "EPERM", "setuid");
  }
  const became = getuid() === uid && geteuid() === uid && getgid() === gid && getegid() === gid;
  if (!became || (uid !== 0 && canReturn(setuid))) throw new HomeFailure("EPERM", "setuid");
  process.umask(0o077);
}

function canReturn(setuid: (id: number) => void): boolean {
  try {
    setuid(0);
    return true;
  } catch {
    return false;
  }
}

/** @throws Error beyond what a request can have. */
function standardInput(): string {
  const bytes = Buffer.alloc(MAX_MESSAGE_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = readSync(0, bytes, length, bytes.length - length, null);
    if (count === 0) return bytes.toString("utf8", 0, length);
    length += count;
    if (length === bytes.length) throw new Error("too long");
  }
}

function send(text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(1, bytes, at);
}
