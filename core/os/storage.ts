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

/** Where a disk is attached, as its driver tells. */
export interface DiskPlace {
  /** As the interface names them: "sata", "scsi", "virtio", … */
  readonly bus: string;
  readonly channel: number;
  readonly target: number;
  readonly unit: number;
  readonly serial?: string;
  /** Path of the device. */
  readonly device?: string;
}

export interface Volume {
  /** As the system identifies it. */
  readonly name: string;
  readonly mountPoint: string;
  readonly type: string;
  /** Missing if it doesn't answer. */
  readonly space?: Space;
  readonly disks: readonly DiskPlace[];
}

export interface PhysicalDisk {
  /** Path of the device. */
  readonly name: string;
  readonly place?: DiskPlace;
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
  /** The local file systems, where they are no mounts of block devices. */
  volumes?(): Promise<readonly Volume[]>;
  /** Where /sys/block doesn't tell them. */
  disks?(): Promise<readonly PhysicalDisk[]>;
}

export const Storage = new Token<Storage>("storage");
