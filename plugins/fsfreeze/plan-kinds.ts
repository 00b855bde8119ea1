/** Kinds of file systems that are never frozen, and why. */
import type { Mount } from "../../core/plugin.ts";

const NETWORK = kinds("nfs nfs4 cifs smb3 smbfs 9p virtiofs ceph afs coda lustre beegfs orangefs pvfs2 gpfs ncpfs vboxsf prl_fs vmhgfs");
const UNCHANGING = kinds("squashfs erofs iso9660 cramfs romfs");

/** Made of the directories of other file systems. */
export const STACKED = kinds("overlay ecryptfs aufs unionfs");

/**
 * @returns why this mount's file system is never frozen, the same words for all of a kind; undefined if it can be. Kinds that a kernel
 * may refuse to freeze but that change (vfat, exfat) can be: what the kernel says then counts.
 */
export function reasonOfKind({ type, major, upperDirectory }: Mount): string | undefined {
  if (type === "autofs") return "automatic mount: never touched, so that nothing is mounted by looking";
  if (NETWORK.has(type)) return "network: it lies on another machine";
  if (/^fuse(blk)?(\.|$)/.test(type)) return "FUSE: a program writes it, the kernel can't freeze it";
  if (type === "zfs") return "ZFS: can't be frozen";
  if (type === "overlay" && upperDirectory === undefined) return "read-only overlay: can't change";
  if (STACKED.has(type)) return "stacked: its writes go to the file system of the directory beneath it";
  if (UNCHANGING.has(type)) return "read-only kind: can't change";
  if (major === 0 && type !== "btrfs") return "no block device: in memory, or made by the kernel";
  return undefined;
}

function kinds(names: string): ReadonlySet<string> {
  return new Set(names.split(" "));
}
