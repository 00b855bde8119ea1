/** Ends what a plugin's process has started and left behind. */

import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";

/** What of the environment tells whose processes they are: children inherit it. */
const VARIABLE = "LODGER_PLUGIN_PROCESS";
/** Who makes children while it is looked for them is found again; who does it faster than this is left to the admin. */
const ROUNDS = 5;

/** A mark for the environment of one process and its children. */
export function processMark(): { readonly name: string; readonly value: string } {
  return { name: VARIABLE, value: randomBytes(16).toString("hex") };
}

/**
 * Kills every process of a session and every one that carries the mark. One that changed both (a daemon with a clean environment) stays.
 * @param session the pid of the process that led it and has ended. @returns how many there were.
 */
export function killLeftovers(session: number, mark: string): number {
  let killed = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const found = processes().filter((pid) => pid !== process.pid && (sessionOf(pid) === session || hasMark(pid, mark)));
    if (found.length === 0) break;
    for (const pid of found) {
      try {
        process.kill(pid, "SIGKILL");
        killed += round === 0 ? 1 : 0;
      } catch {
        // It has ended meanwhile.
      }
    }
  }
  return killed;
}

function processes(): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

function sessionOf(pid: number): number | undefined {
  // The name in parentheses may hold anything; state, parent, group and session follow it.
  const [state, , , session] = read(`/proc/${pid}/stat`)
    .replace(/^.*\) /s, "")
    .split(" ");
  return state === "Z" ? undefined : Number(session);
}

function hasMark(pid: number, mark: string): boolean {
  return read(`/proc/${pid}/environ`).includes(`${VARIABLE}=${mark}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return ""; // it has ended
  }
}
