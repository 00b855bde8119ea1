/** The end of a program and of all that it has started. */
import { readdirSync, readFileSync } from "node:fs";
import { killGroup } from "./child-processes.ts";

interface Relations {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
}

/** What is made while the list is read is found by the next round. */
const ROUNDS = 5;

/**
 * Kills a process that leads a session, whoever is in that session, and their descendants in whatever session those are now. What has
 * left the session and lost its parent can't be told from a service any more: it goes on.
 */
export function killSession(leader: number): void {
  // Before anybody is killed: a dead one's children have another parent.
  let members = membersOf(leader);
  killGroup(leader);
  for (let round = 0; round < ROUNDS && members.length > 0; round++) {
    for (const pid of members) kill(pid);
    members = membersOf(leader);
  }
}

function membersOf(leader: number): number[] {
  const all = processes();
  const found = new Set(all.filter(({ session }) => session === leader).map(({ pid }) => pid));
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  return [...found];
}

/** Those that have ended, and only wait to be asked for it, are no more. */
function processes(): Relations[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    const [state, parent, , session] = statusOf(name);
    return state === undefined || state === "Z" || state === "X"
      ? []
      : [{ pid: Number(name), parent: Number(parent), session: Number(session) }];
  });
}

/** What stands behind the program's name, which may have anything in it. */
function statusOf(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ");
  } catch {
    return []; // it has ended meanwhile
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // it has ended meanwhile
  }
}
