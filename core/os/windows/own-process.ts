/** The agent's own process on Windows. */
import type { OwnProcess } from "../own-process.ts";
import { declared } from "./library.ts";
import { trust } from "./trust.ts";

const kernel = declared("kernel32.dll", (func) => ({
  currentProcess: func("void *__stdcall GetCurrentProcess()") as () => unknown,
  terminate: func("int __stdcall TerminateProcess(void *, uint32)") as (process: unknown, status: number) => number,
  snapshot: func("void *__stdcall CreateToolhelp32Snapshot(uint32, uint32)") as (flags: number, pid: number) => unknown,
  first: func("int __stdcall Process32FirstW(void *, void *)") as (snapshot: unknown, entry: Uint8Array) => number,
  next: func("int __stdcall Process32NextW(void *, void *)") as (snapshot: unknown, entry: Uint8Array) => number,
  close: func("int __stdcall CloseHandle(void *)") as (handle: unknown) => number,
}));

const SNAPSHOT_PROCESSES = 2;
/** PROCESSENTRY32W of 64 bits, and where in it are the process's number and its parent's. */
const ENTRY_BYTES = 568;
const PID = 8;
const PARENT = 32;

export const windowsProcess: OwnProcess = {
  exitNow(status) {
    const { currentProcess, terminate } = kernel();
    terminate(currentProcess(), status);
    throw new Error("TerminateProcess came back");
  },
  killTree,
  setCloseOnExec: notHere,
  dup2: notHere,
  lockForWriting: notHere,
  isLocked: () => false,
  socketFamily: notHere,
  noDaemon: "Windows has no background of its own for programs: run lodger as a service ('lodger install'), without --daemonize",
  noIsolation: "on Windows no plugin can have a process of its own yet: set isolate = false for it, if you trust it, or leave it out",
  noPathRules: "is a rule on paths, which lodger can't hold to on Windows yet: allow or block the whole command instead",
  trust,
};

function notHere(): never {
  throw new Error("Windows has nothing of this kind");
}

/** Parents first: who is ended starts nobody any more. */
function killTree(pid: number): void {
  for (const each of [pid, ...descendants(pid)]) {
    try {
      process.kill(each, "SIGKILL");
    } catch {
      // it has ended meanwhile
    }
  }
}

function descendants(pid: number): number[] {
  const { snapshot, first, next, close } = kernel();
  const handle = snapshot(SNAPSHOT_PROCESSES, 0);
  const entry = new Uint8Array(ENTRY_BYTES);
  const view = new DataView(entry.buffer);
  view.setUint32(0, ENTRY_BYTES, true);
  const found = new Set([pid]);
  const pairs: [number, number][] = [];
  for (let more = first(handle, entry); more !== 0; more = next(handle, entry)) {
    pairs.push([view.getUint32(PID, true), view.getUint32(PARENT, true)]);
  }
  close(handle);
  for (let before = -1; before < found.size; ) {
    before = found.size;
    for (const [child, parent] of pairs) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}
