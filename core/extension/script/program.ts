/**
 * The file that a script command executes: looked at when it is loaded, and again right before each start. Nobody but root and the agent's
 * own user can change it, its interpreter, or a folder on their way; so between the look and the start nobody else can swap it either.
 */
import { closeSync, constants, openSync, readSync, realpathSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { checkFolders } from "../../trusted-file.ts";

/** The kernel looks at no more for the interpreter's line. */
const HEAD_BYTES = 256;
const ANY_EXECUTE = 0o111;

/** Why a program can't be used. Its message begins with a path and says what to do. */
export class UnusableProgram extends Error {
  override readonly name = "UnusableProgram";
}

/**
 * @param path absolute. @param places the PATH that it will have, in which `#!/usr/bin/env NAME` looks.
 * @returns the path without symbolic links, which is to be executed.
 * @throws UnusableProgram, Untrusted
 */
export function checkedProgram(path: string, places: string): string {
  const program = trustedPath(path, "there is no such file: put the program there, or write another 'program'");
  const head = headOf(program);
  if (head.subarray(0, 2).toString("latin1") === "#!") checkInterpreter(program, head, places);
  // A binary has a zero byte early; execve takes no text without that line, and a shell would have to guess.
  else if (!head.includes(0))
    throw new UnusableProgram(`${program}: its first line has to name what runs it: '#!/bin/sh', '#!/usr/bin/python3'`);
  return program;
}

/** @returns the path without symbolic links. */
function trustedPath(path: string, missing: string): string {
  try {
    // First, for nobody should change a device or a folder such as /tmp because of advice that is about files.
    if (!statSync(path).isFile()) throw new UnusableProgram(`${path}: this is no regular file: put the program there`);
    checkFolders(path); // the file itself, and every link on the way, too
    const resolved = realpathSync.native(path);
    const status = statSync(resolved);
    if ((status.mode & ANY_EXECUTE) === 0) throw new UnusableProgram(`${resolved}: it may not be executed: 'chmod +x ${resolved}'`);
    return resolved;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw new UnusableProgram(`${path}: ${code === "ENOENT" || code === "ENOTDIR" ? missing : `it can't be opened: ${message}`}`);
  }
}

function headOf(path: string): Buffer {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    return head.subarray(0, readSync(fd, head, 0, HEAD_BYTES, 0));
  } finally {
    closeSync(fd);
  }
}

function checkInterpreter(program: string, head: Buffer, places: string): void {
  const end = head.indexOf("\n");
  if (end < 0 && head.length === HEAD_BYTES)
    throw new UnusableProgram(`${program}: its first line is too long for the kernel: at most ${HEAD_BYTES - 1} bytes`);
  const line = head.toString("utf8", 2, end < 0 ? undefined : end);
  if (line.endsWith("\r")) {
    throw new UnusableProgram(`${program}: its lines end as on Windows, and no interpreter is called so: 'sed -i "s/\\r$//" ${program}'`);
  }
  const [, interpreter = "", argument = ""] = /^[ \t]*(\S*)[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
  if (!interpreter.startsWith("/"))
    throw new UnusableProgram(`${program}: its first line has to name what runs it by its whole path: '#!/bin/sh'`);
  trustedPath(interpreter, `${program} needs it, and it isn't there: install it, or change the program's first line`);
  if (basename(interpreter) === "env" && /^[^\s=/-][^\s=/]*$/.test(argument)) checkFound(program, argument, places);
}

/** What env will find, which is the first of that name. */
function checkFound(program: string, name: string, places: string): void {
  for (const place of places.split(":")) {
    const path = join(place, name);
    if (!place.startsWith("/") || !isThere(path)) continue;
    trustedPath(path, "it isn't there");
    return;
  }
  throw new UnusableProgram(`${program}: it is run by '${name}', which isn't in ${places}: install it, or set PATH in [environment]`);
}

function isThere(path: string): boolean {
  const status = statSync(path, { throwIfNoEntry: false });
  return status?.isFile() === true && (status.mode & ANY_EXECUTE) !== 0;
}
