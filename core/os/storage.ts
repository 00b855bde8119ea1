/** Disks and the space of file systems. What a lost device makes wait fails with `ETIMEDOUT` after a while. */
import { Token } from "../token.ts";

/** All in bytes. */
export interface Space {
  readonly used: bigint;
  /** What is used and what an ordinary user may still use. */
  readonly total: bigint;
  /** Also what is kept for root. */
  readonly totalPrivileged: bigint;
}

export interface Trimmed {
  /** Bytes that the device was told to be unused. */
  readonly trimmed: bigint;
  /** The shortest range that was looked at, as the kernel has it. */
  readonly minimum: bigint;
}

export interface Storage {
  /** @param mountPoint or any path of the file system. @throws OsError. */
  space(mountPoint: string): Promise<Space>;
  /**
   * Tells the device which blocks of the file system are unused. This can take minutes and has no time limit.
   * @param minimum length in bytes of the ranges that are worth it.
   * @throws OsError with call `open` or `trim`; `EBUSY` while an earlier trim there still goes on.
   */
  trim(mountPoint: string, minimum: bigint): Promise<Trimmed>;
  /** @param device for instance "/dev/nvme0n1". @returns the 512 bytes of the NVMe log page "SMART / health". @throws OsError. */
  nvmeHealth(device: string): Promise<Uint8Array>;
}

export const Storage = new Token<Storage>("storage");
