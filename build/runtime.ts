/** Runtimes as they go into executables: stripped, which makes them a sixth smaller, without a debugging aid, and named after lodger. */
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { turnOffDeadlockDetection } from "./deadlock-detection.ts";
import { pathOf } from "./packages.ts";
import { cache } from "./paths.ts";
import { sha256 } from "./pins.ts";
import { run } from "./run.ts";
import type { NodeTarget } from "./targets.ts";
import { describeForWindows, WINDOWS_DESCRIPTION } from "./windows-resource.ts";

/** @returns the prepared binary, made at most once for each original. */
export async function preparedRuntime(target: NodeTarget): Promise<string> {
  const original = pathOf(target.runtime);
  const { strip } = target;
  const windows = target.pkg.platform === "win";
  if (strip === undefined && !windows) return original;
  const source = (await sha256(original)).slice(0, 16);
  const folder = join(cache, `runtime-${target.name}-${source}-${windows ? WINDOWS_DESCRIPTION : "no-deadlock-detection"}`);
  const prepared = join(folder, "node");
  if (await exists(prepared)) return prepared;
  await mkdir(folder, { recursive: true });
  const unfinished = `${prepared}.${process.pid}`;
  if (strip === undefined) await describeForWindows(original, unfinished);
  else {
    await run(strip.program, ["-s", "-o", unfinished, original], strip.from);
    await turnOffDeadlockDetection(original, unfinished);
  }
  await rename(unfinished, prepared);
  return prepared;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
