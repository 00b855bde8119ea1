/**
 * What the agent and its plugins want of the operating system. Everything that touches it goes through one of these, so that a test
 * can put a fault or a stub in its place, and another system another implementation. All failures are `OsError`.
 */
import { Token } from "../token.ts";

/** A failed system call. `message` is the C library's text for the errno ("No such file or directory"). */
export class OsError extends Error {
  override readonly name = "OsError";
  /** The errno's name, for instance `ENOENT`. */
  readonly code: string;
  readonly errno: number;
  /** The call that failed, for instance `open`. */
  readonly call: string;

  constructor(code: string, errno: number, text: string, call: string) {
    super(text);
    this.code = code;
    this.errno = errno;
    this.call = call;
  }
}

/** How a position is meant: from the start, from the current position, from the end. */
export type Whence = "set" | "cur" | "end";

export interface FileStatus {
  readonly kind: "file" | "folder" | "other";
  readonly uid: number;
  /** Permission bits. */
  readonly mode: number;
}

/** Where an opened file has to be. */
export interface Confinement {
  /** Absolute paths of folders that it has to be in or below, or of itself; any place if undefined. */
  readonly inside?: readonly string[];
  /** The same, of where it must not be. */
  readonly outside?: readonly string[];
}

/** Files by descriptor. Reads and writes are at the descriptor's own position, and none blocks the agent's loop. */
export interface Files {
  /** @param flags the O_ flags of `node:fs` constants. @param mode permission bits for a file that is made. */
  open(path: string, flags: number, mode?: number): Promise<number>;
  /**
   * Opens what is inside, after all symbolic links, whatever is swapped meanwhile; a file with a second name (hard link) is refused, for that
   * may be anywhere. Nothing of a refused file is changed, and none is made.
   * @throws OsError EPERM for what is not.
   */
  openConfined(path: string, flags: number, mode: number, confinement: Confinement): Promise<number>;
  close(fd: number): Promise<void>;
  /** @returns bytes read, 0 at the end. */
  read(fd: number, into: Uint8Array, offset: number, length: number): Promise<number>;
  /** @returns bytes written, which may be fewer than asked for. */
  write(fd: number, from: Uint8Array, offset: number, length: number): Promise<number>;
  /** @returns the new position in bytes from the start. */
  seek(fd: number, offset: number | bigint, whence: Whence): Promise<number | bigint>;
  /** Sets permission bits, whatever the umask. */
  setMode(fd: number, mode: number): Promise<void>;
  /** Size in bytes as the file says itself; 0 for what has none (devices, /proc). */
  size(fd: number): Promise<number>;
  /** A whole small text file, for instance of /proc. */
  readText(path: string): Promise<string>;
  /**
   * Whether there is something at this path. At once, so only for /proc and /sys, which wait for no disk: what asks at the agent's start
   * must not start its threads for it.
   */
  exists(path: string): boolean;
  /** @throws OsError; links are followed. */
  status(path: string): Promise<FileStatus>;
  /** The names in a directory, without "." and "..", in the system's order. */
  list(path: string): Promise<string[]>;
  /** The path without any symbolic link. */
  realPath(path: string): Promise<string>;
  /** The absolute path that a path leads to after all symbolic links, also where the last part of it isn't there yet. */
  resolve(path: string): Promise<string>;
  /** Writes a whole small file in one call, without making it. */
  writeText(path: string, text: string): Promise<void>;
}

export interface ProcessResult {
  /** Exit status, or undefined if a signal ended the process. */
  readonly status: number | undefined;
  readonly signal: string | undefined;
  /** Standard output and error together, decoded as UTF-8; empty if not captured. */
  readonly output: string;
}

export interface ProcessOptions {
  /** Sent to its standard input, which is /dev/null otherwise. Bytes must not change until the process has ended. */
  readonly input?: string | Uint8Array;
  /** Default: captured; "ignored" sends both streams to /dev/null. */
  readonly output?: "captured" | "ignored";
  /** The process group is killed when this fires. */
  readonly signal?: AbortSignal;
  /** The process group is killed after so many milliseconds. */
  readonly timeoutMs?: number;
}

/** Programs by argument vector, in a session of their own; never a shell. */
export interface Processes {
  /**
   * Runs a program to its end.
   * @param program absolute path, or a name that is looked for in the standard places even if the agent's environment is empty.
   * @throws OsError if it can't be started.
   */
  run(program: string, args: readonly string[], options?: ProcessOptions): Promise<ProcessResult>;
  /** Whether this path is there and may be executed. */
  isExecutable(path: string): Promise<boolean>;
}

export interface Mount {
  readonly id: number;
  readonly parent: number;
  /** Device number of the file system, as mountinfo has it. */
  readonly major: number;
  readonly minor: number;
  /** Directory of the file system that is mounted here. */
  readonly root: string;
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  /** Of an overlay that can be written to: the directory that takes what is written, as who mounted it has named it. */
  readonly upperDirectory?: string;
}

/** The file systems that are mounted, in the order of mounting. */
export interface Mounts {
  list(): Promise<readonly Mount[]>;
}

export interface InterfaceAddress {
  readonly address: string;
  readonly family: "ipv4" | "ipv6";
  /** Length of the network prefix in bits. */
  readonly prefix: number;
}

export interface NetworkInterface {
  readonly name: string;
  /** "52:54:00:12:34:56"; missing where the interface has none. */
  readonly hardwareAddress?: string;
  readonly addresses: readonly InterfaceAddress[];
  /** Where the system tells them with the interface, and not in a file of its own. */
  readonly counters?: InterfaceCounters;
}

type Count = number | bigint;

/** Since the interface was set up. */
export interface InterfaceCounters {
  readonly received: { readonly bytes: Count; readonly packets: Count; readonly errors: Count; readonly dropped: Count };
  readonly sent: { readonly bytes: Count; readonly packets: Count; readonly errors: Count; readonly dropped: Count };
}

/** A route of the main table. */
export interface NetworkRoute {
  readonly interfaceName: string;
  readonly family: "ipv4" | "ipv6";
  readonly destination: string;
  /** Length of the destination's prefix in bits. */
  readonly prefix: number;
  /** "0.0.0.0" or "::" for a network without one. */
  readonly gateway: string;
  readonly metric: number;
}

export interface NetworkInterfaces {
  /** All interfaces in the system's order, also those without an address. */
  list(): Promise<readonly NetworkInterface[]>;
  /** Where the system has no file of them. Those of IPv4 first. */
  routes?(): Promise<readonly NetworkRoute[]>;
}

export const Files = new Token<Files>("files");
export const Processes = new Token<Processes>("processes");
export const Mounts = new Token<Mounts>("mounts");
export const NetworkInterfaces = new Token<NetworkInterfaces>("network interfaces");
