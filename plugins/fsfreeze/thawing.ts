/** Thawing one file system until it is thawed. */
import { type Freezer, type OpenFileSystem, OsError } from "../../core/plugin.ts";
import { outcomeOf } from "./deadline.ts";

/** How FITHAW answers where nothing is, or is no longer, frozen. */
const NOTHING_TO_THAW = new Set(["EINVAL", "EOPNOTSUPP", "ENOTTY"]);

/**
 * Kernels have counted freezes: each needs its thaw. It ends with the error that nothing is frozen.
 * @returns whether it was frozen, and what else than the expected end went wrong.
 */
export async function thawWholly(fileSystem: OpenFileSystem): Promise<{ readonly thawed: boolean; readonly problem?: string }> {
  let times = 0;
  try {
    for (;;) {
      await fileSystem.thaw();
      times++;
    }
  } catch (error) {
    const expected = error instanceof OsError && error.call === "thaw" && NOTHING_TO_THAW.has(error.code);
    if (expected) return { thawed: times > 0 };
    return { thawed: times > 0, problem: `${fileSystem.mountPoint} could not be thawed: ${messageOf(error)}` };
  }
}

/** How long a file system that this agent did not freeze may keep a thaw waiting: its device may hang. */
const OTHERS_MS = 3000;
const NEVER = new AbortController().signal;

/** Thaws what is mounted there, if it is frozen. */
export async function thawAt(freezer: Freezer, mountPoint: string): Promise<{ readonly wasFrozen: boolean; readonly problem?: string }> {
  const work = freezer.open({ mountPoint }).then(async (open) => {
    try {
      return await thawWholly(open);
    } finally {
      open.close();
    }
  });
  if ((await outcomeOf(work, NEVER, OTHERS_MS)) === "late") {
    return { wasFrozen: false, problem: `${mountPoint} could not be thawed: it doesn't answer within ${OTHERS_MS / 1000} s` };
  }
  try {
    const { thawed, problem } = await work;
    return { wasFrozen: thawed, ...(problem === undefined ? {} : { problem }) };
  } catch (error) {
    return { wasFrozen: false, problem: `${mountPoint} could not be thawed: ${messageOf(error)}` };
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
