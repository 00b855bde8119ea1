/** The Node binary that an executable stands on, without its symbols: a sixth smaller, and nothing else changes. */
import { mkdir, rename, stat } from "node:fs/promises";
import { join } from "node:path";
import { cache, root } from "./paths.ts";
import { sha256 } from "./pins.ts";
import { run } from "./run.ts";
import type { Target } from "./targets.ts";

/** @returns the stripped binary, made at most once for each original. */
export async function strippedRuntime(target: Target): Promise<string> {
  const original = join(root, "node_modules", target.runtime.package, target.runtime.file);
  const folder = join(cache, `runtime-${target.name}-${(await sha256(original)).slice(0, 16)}`);
  const stripped = join(folder, "node");
  if (await exists(stripped)) return stripped;
  await mkdir(folder, { recursive: true });
  const unfinished = `${stripped}.${process.pid}`;
  await run("strip", ["-s", "-o", unfinished, original], "binutils");
  await rename(unfinished, stripped);
  return stripped;
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
