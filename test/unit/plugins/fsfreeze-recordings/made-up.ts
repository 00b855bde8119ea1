/** Made-up tables, as short as a test wants them. */
import type { BlockDevice, BlockTable, Mount } from "../../../../core/plugin.ts";
import type { Plan } from "../../../../plugins/fsfreeze/plan-types.ts";

export const NOTHING: BlockTable = { devices: [], btrfs: [] };

let nextId = 1;

/** "DEVICE MOUNT-POINT TYPE", and what else is to be said. */
export function mount(text: string, more: Partial<Mount> = {}): Mount {
  const [device = "", mountPoint = "", type = "ext4"] = text.split(" ");
  const [major = 0, minor = 0] = device.split(":").map(Number);
  return { id: nextId++, parent: 1, major, minor, root: "/", mountPoint, type, source: `/dev/${device}`, ...more };
}

export function loop(minor: number, backingFile: string): BlockDevice {
  return { device: `7:${minor}`, name: `loop${minor}`, liesOn: [], backingFile };
}

export function table(...devices: readonly BlockDevice[]): BlockTable {
  return { devices, btrfs: [] };
}

/** "MOUNT-POINT: WHY" in the order of freezing. */
export function order({ freeze }: Plan): string[] {
  return freeze.map(({ mountPoints, why }) => `${mountPoints[0]?.mountPoint}: ${why}`);
}

export function firsts({ freeze }: Plan): (string | undefined)[] {
  return freeze.map(({ mountPoints }) => mountPoints[0]?.mountPoint);
}

export function reasons({ leftOut }: Plan): string[] {
  return leftOut.map(({ mountPoint, reason }) => `${mountPoint}: ${reason}`);
}
