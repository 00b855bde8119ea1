/** Freezing file systems, and what thaws them when nobody else can. */
import { Token } from "../token.ts";

/** Where a file system can be reached. */
export interface FileSystemPath {
  readonly mountPoint: string;
  /** "MAJOR:MINOR" that files there must have; without it whatever is mounted there is taken. */
  readonly device?: string;
  /** Identifier of the mount, as of the list of mounts, that must be reached there. */
  readonly mountId?: number;
}

/**
 * A file system that was opened before anything froze: it can be thawed whatever becomes of its mount point, and it can't be unmounted
 * while it is frozen.
 */
export interface OpenFileSystem {
  readonly mountPoint: string;
  /** Writes everything out and stops all writers; this can take long, and nothing ends it. @throws OsError with call `freeze`. */
  freeze(): Promise<void>;
  /** @throws OsError with call `thaw`; `EINVAL` where it isn't frozen. */
  thaw(): Promise<void>;
  close(): void;
}

export interface Freezer {
  /** @throws OsError with call `open`; `ENODEV` where another file system is mounted over it. */
  open(path: FileSystemPath): Promise<OpenFileSystem>;
  /**
   * Keeps what a thaw needs of this process in memory, where no disk has to be asked for it.
   * @returns what lets it go again.
   */
  stayInMemory(): () => void;
}

export const Freezer = new Token<Freezer>("freezer");

export interface GuardOrders {
  readonly fileSystems: readonly FileSystemPath[];
  /** When everything thaws even if this process is there but does nothing, in milliseconds; never without it. */
  readonly withinMs?: number;
  /** The file that marks the frozen state: it goes with the thaw, and a note takes its place at `note`. */
  readonly mark: string;
  readonly note: string;
}

export interface ArmedGuard {
  /** Everything is thawed: the guard has nothing left to do. @returns what went otherwise: that it was gone, or has thawed itself. */
  disarm(): Promise<string | undefined>;
}

/** A process beside the agent that thaws when the agent ends without having done so. */
export interface FreezeGuard {
  /** @returns once the guard has opened the file systems and would act. @throws Error saying why there is none. */
  arm(orders: GuardOrders): Promise<ArmedGuard>;
}

export const FreezeGuard = new Token<FreezeGuard>("freeze guard");
