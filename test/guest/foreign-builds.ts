/** Executables of targets that are not this machine's. */
import path from "node:path";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { installRuntimes } from "../../build/packages.ts";
import { targetNamed } from "../../build/targets.ts";

/** @returns the executables' paths, in the order of the targets' names. */
export async function buildTargets(folder: string, names: readonly string[]): Promise<string[]> {
  const targets = names.map((name) => {
    const target = targetNamed(name);
    if (target === undefined) throw new Error(`there is no target ${name}`);
    return target;
  });
  await installRuntimes(targets);
  const { file } = await bundle({ outfile: path.join(folder, "lodger.cjs") });
  const made: string[] = [];
  for (const target of targets) made.push(await executable(target, file, path.join(folder, target.name)));
  return made;
}
