/**
 * What the agent's own process needs of the system beyond Node, on the way in and out, where no container is at hand. It is Linux's until
 * another system puts its own in place, before anything is asked for.
 */
import { releaseFreeMemory } from "./linux/allocator.ts";
import { errnoOf } from "./linux/errno.ts";
import { AF_INET, AF_INET6, AF_UNIX, AF_VSOCK, dup2, exitNow, lockForWriting, setCloseOnExec, socketDomain } from "./linux/libc.ts";
import { forgetMappedPages, residentMemory } from "./linux/mapped-pages.ts";
import { memoryLeft } from "./linux/memory-left.ts";
import { killSession } from "./linux/session.ts";
import type { OsError } from "./ports.ts";

/** What decides what runs with the agent's rights, where it is not told by user and mode: see core/trusted-file.ts. */
export interface Trust {
  /** @throws Untrusted if others could have changed it. @throws NodeJS.ErrnoException if it can't be opened or read. */
  read(path: string): { readonly path: string; readonly bytes: Buffer; readonly mode: number };
  /** @throws Untrusted if others could change it, or what is in it, or where its path leads. */
  checkFolders(path: string): void;
}

/** Bytes of the process that are in memory: its own, and those of files that it has mapped. */
export interface Resident {
  readonly own: number;
  readonly mapped: number;
}

export interface OwnProcess {
  /** Ends it at once, whatever hangs in a thread. */
  exitNow(status: number): never;
  /** Ends a program that the agent has started, and what that one has started. */
  killTree(pid: number): void;
  /** Keeps a descriptor that came from outside away from child processes. */
  setCloseOnExec(fd: number): void;
  /** Makes `to` name what `from` names. */
  dup2(from: number, to: number): void;
  /** Takes a lock on the whole file, without waiting, that lasts until it is closed. @throws OsError for which `isLocked` is true where another has it. */
  lockForWriting(fd: number): void;
  isLocked(error: OsError): boolean;
  /** @returns the kind of a socket that the agent was started with; a number for what can't be served. */
  socketFamily(fd: number): "unix" | "vsock" | "tcp" | number;
  /** Gives memory that was freed back to the system, where the C library keeps it. @throws Error where native calls are not available. */
  releaseFreeMemory?(): void;
  /** Takes what it has looked at of its executable out of it, to be mapped again when needed. @throws Error as above. */
  forgetMappedPages?(): void;
  resident?(): Resident;
  /** @returns the bytes that it can still take before the kernel ends a process for it; undefined where nobody can tell. */
  memoryLeft?(): number | undefined;
  /** Why the agent can't go into the background by itself here. */
  readonly noDaemon?: string;
  /** Why no plugin can have a process of its own here. */
  readonly noIsolation?: string;
  /** Why rules on paths can't be held to here. */
  readonly noPathRules?: string;
  readonly trust?: Trust;
}

const linux: OwnProcess = {
  exitNow,
  killTree: killSession,
  setCloseOnExec,
  dup2,
  releaseFreeMemory,
  forgetMappedPages,
  resident: residentMemory,
  memoryLeft,
  lockForWriting,
  isLocked: ({ errno }) => [errnoOf("EAGAIN"), errnoOf("EACCES")].includes(errno),
  socketFamily: (fd) => {
    const family = socketDomain(fd);
    if (family === AF_UNIX) return "unix";
    if (family === AF_VSOCK) return "vsock";
    return family === AF_INET || family === AF_INET6 ? "tcp" : family;
  },
};

let own: OwnProcess = linux;

/** For a system other than Linux. */
export function useOwnProcess(other: OwnProcess): void {
  own = other;
}

export function ownProcess(): OwnProcess {
  return own;
}
