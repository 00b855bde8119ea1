/** A freeze before it happens, as plain values that JSON can hold. */

/** One place where a file system can be reached. */
export interface MountPoint {
  readonly mountPoint: string;
  /** The mount's number in mountinfo. */
  readonly id: number;
  /** Directory or file of the file system that is mounted here; a btrfs subvolume is one, too. */
  readonly root: string;
}

export interface PlannedFileSystem {
  /** "MAJOR:MINOR" as the list of mounts has it for the first mount point; of a btrfs on several devices, one of them. */
  readonly device: string;
  /** The device's name in /dev ("dm-0"), if the table of block devices has it. */
  readonly name?: string;
  /** As it was mounted: "/dev/mapper/vg0-root". */
  readonly source: string;
  readonly type: string;
  /**
   * All of them in the order of mounting, at least one; the first stands for the file system. Each may be hidden beneath another mount, or
   * its directory deleted.
   */
  readonly mountPoints: readonly MountPoint[];
  /** In words, why it stands where it does in the order. */
  readonly why: string;
}

export interface LeftOut {
  /** The mount's number in mountinfo. */
  readonly id: number;
  readonly mountPoint: string;
  readonly type: string;
  readonly source: string;
  /** In words that are the same for all mounts which have it. */
  readonly reason: string;
}

export interface Plan {
  /** In the order of freezing. */
  readonly freeze: readonly PlannedFileSystem[];
  /** In the order of mounting. Each mount is either here or a mount point of one of the file systems that freeze. */
  readonly leftOut: readonly LeftOut[];
}

export interface Wishes {
  /** The client's list: each entry selects the file system that has this mount point. Without it: all. */
  readonly only?: readonly string[] | undefined;
  /** The admin's paths and patterns; see plan-patterns.ts. */
  readonly exclude?: readonly string[] | undefined;
}
