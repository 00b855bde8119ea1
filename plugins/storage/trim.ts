/** guest-fstrim: tells the devices below the local file systems what is unused. */
import { type Log, type Mount, OsError, type Storage } from "../../core/plugin.ts";
import { exact } from "./exact.ts";

export interface TrimResult {
  readonly path: string;
  trimmed?: number | bigint;
  minimum?: number | bigint;
  error?: string;
}

/**
 * Trims one file system after another: two at once on one disk would only hinder each other.
 * @param minimum length in bytes of a range that is worth it.
 * @param signal keeps the next file system from being started; a trim under way can't be stopped.
 */
export async function trimAll(
  mounts: readonly Mount[],
  minimum: number | bigint,
  storage: Storage,
  signal: AbortSignal,
  log: Log,
): Promise<TrimResult[]> {
  const results: TrimResult[] = [];
  for (const { mountPoint } of mounts) {
    if (signal.aborted) {
      log.warning(`the trim was given up before ${mountPoint}`);
      break;
    }
    results.push(await trimOne(mountPoint, BigInt(minimum), storage));
  }
  return results;
}

const NOT_SUPPORTED = new Set(["ENOTTY", "EOPNOTSUPP"]);

async function trimOne(path: string, wanted: bigint, storage: Storage): Promise<TrimResult> {
  try {
    const { trimmed, minimum } = await storage.trim(path, wanted);
    return { path, minimum: exact(minimum), trimmed: exact(trimmed) };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    const supported = error.call !== "trim" || !NOT_SUPPORTED.has(error.code);
    return { path, error: supported ? `failed to ${error.call}: ${error.message}` : "trim not supported" };
  }
}
