/** What a password has become, as one line that can be compared: raw passwords are salted, so their hashes never are the same. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** The password comes in hexadecimal, since no argument of a program may have a NUL. */
const CRYPT = 'print crypt(pack("H*", $ARGV[0]), $ARGV[1])';

/** @param text the password in clear, if it was sent so. @returns the user's line of a shadow file, with what the password was made of. */
export async function ofShadow(file: string, user: string, text?: string): Promise<string> {
  const line = (await readFile(file, "latin1")).split("\n").find((each) => each.startsWith(`${user}:`));
  if (line === undefined) return `{"user": "${user}", "error": "no line"}`;
  const [, hash = "", ...rest] = line.split(":");
  if (text === undefined) return JSON.stringify({ user, hash, rest }).replaceAll('":', '": ').replaceAll(",", ", ");
  const { stdout } = await run("perl", ["-e", CRYPT, "--", Buffer.from(text, "latin1").toString("hex"), hash]);
  const method = /^\$[^$]+\$/.exec(hash)?.[0] ?? "none";
  return `{"user": "${user}", "method": "${method}", "verifies": ${stdout === hash}, "rest": "${rest.join(":")}"}`;
}
