/** The bundle and a runtime in one file. */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileWithBun } from "./bun.ts";
import { partsOf } from "./bundle.ts";
import { installRuntimes } from "./packages.ts";
import { MAIN } from "./packed/scripts.ts";
import { packedScripts } from "./packed-scripts.ts";
import { cache, dist } from "./paths.ts";
import { verifyPins } from "./pins.ts";
import { packWithNode } from "./sea.ts";
import type { NodeTarget, Target } from "./targets.ts";

/**
 * @param bundle the bundle's file, with its two parts beside it.
 * @param mayRun whether the build may start the agent, which makes those that it builds start faster. What others have built in isn't
 * started here.
 * @returns the executable, which is complete as soon as it has its name.
 * @throws BuildFailure if what would be packed is not what is pinned.
 */
export async function executable(target: Target, bundle: string, output = join(dist, target.file), mayRun = true): Promise<string> {
  await installRuntimes([target]);
  await verifyPins(target);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "executable-"));
  const unfinished = `${output}.${process.pid}`;
  try {
    const made =
      target.kind === "node"
        ? await packNode(target, bundle, work, mayRun)
        : await compileWithBun(target, await whole(target, bundle, work));
    await copyFile(made, unfinished);
    await chmod(unfinished, 0o755);
    await rename(unfinished, output);
  } finally {
    await rm(unfinished, { force: true });
    await rm(work, { recursive: true, force: true });
  }
  return output;
}

async function packNode(target: NodeTarget, bundle: string, work: string, mayRun: boolean): Promise<string> {
  // Elsewhere the system's own ports are in the second script, and both would be read at each start.
  if (target.host.platform !== "linux") return packWithNode(target, await whole(target, bundle, work), {});
  const { entry, assets } = await packedScripts(target, partsOf(bundle), work, mayRun);
  return packWithNode(target, entry, assets);
}

/** The bundle as it is, which tells the program what it was packed for (core/packed.ts) on its first line, so that all others keep their numbers. */
async function whole(target: Target, bundle: string, work: string): Promise<string> {
  const packed = 'globalThis[Symbol.for("lodger.packed")]';
  const entry = join(work, MAIN);
  const mark = `${packed}=Object.assign({target:${JSON.stringify(target.name)}},${packed});`;
  await writeFile(entry, mark + (await readFile(bundle, "utf8")));
  return entry;
}
