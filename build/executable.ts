/** The bundle and a runtime in one file. */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { compileWithBun } from "./bun.ts";
import { LATER_ASSET, partsOf } from "./bundle.ts";
import { installRuntimes } from "./packages.ts";
import { cache, dist } from "./paths.ts";
import { verifyPins } from "./pins.ts";
import { packWithNode } from "./sea.ts";
import type { Target } from "./targets.ts";

/** The bundle's name inside, so that the executable doesn't depend on where it was built. */
const ENTRY = "lodger.cjs";

/**
 * @param bundle the bundle's file, with its two parts beside it.
 * @returns the executable, which is complete as soon as it has its name.
 * @throws BuildFailure if what would be packed is not what is pinned.
 */
export async function executable(target: Target, bundle: string, output = join(dist, target.file)): Promise<string> {
  await installRuntimes([target]);
  await verifyPins(target);
  await mkdir(cache, { recursive: true });
  const work = await mkdtemp(join(cache, "executable-"));
  const unfinished = `${output}.${process.pid}`;
  try {
    const entry = join(work, ENTRY);
    // Elsewhere the system's own ports are in the second script, and both would be read at each start.
    const parts = target.kind === "node" && target.host.platform === "linux" ? partsOf(bundle) : undefined;
    await writeFile(entry, marked(await readFile(parts?.main ?? bundle, "utf8"), target));
    const assets = parts === undefined ? {} : { [LATER_ASSET]: parts.later };
    const made = target.kind === "node" ? await packWithNode(target, entry, assets) : await compileWithBun(target, entry);
    await copyFile(made, unfinished);
    await chmod(unfinished, 0o755);
    await rename(unfinished, output);
  } finally {
    await rm(unfinished, { force: true });
    await rm(work, { recursive: true, force: true });
  }
  return output;
}

/** Tells the program what it was packed for (core/packed.ts), on its first line, so that all others keep their numbers. */
function marked(bundle: string, target: Target): string {
  const packed = 'globalThis[Symbol.for("lodger.packed")]';
  return `${packed}=Object.assign({target:${JSON.stringify(target.name)}},${packed});${bundle}`;
}
