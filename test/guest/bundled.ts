/** The agent's executable with a plugin built in, as `npm run build -- --plugin` makes it. */
import path from "node:path";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { hostTarget } from "../../build/targets.ts";
import { repository } from "./requirements.ts";

/** @returns the executable's path. */
export async function bundledExecutable(folder: string, plugin: string): Promise<string> {
  const target = hostTarget();
  if (target === undefined) throw new Error("no executable is made for this machine");
  const { file } = await bundle({ plugins: [path.join(repository, plugin)], outfile: path.join(folder, "bundled.cjs") });
  return await executable(target, file, path.join(folder, "bundled"), false);
}
