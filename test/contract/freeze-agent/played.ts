/** Runs a file of scenarios with the bundle, in a mount namespace of its own; needs root. */
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { bundle } from "../../../build/bundle.ts";
import { cache } from "../../../build/paths.ts";

/** @returns what came of each scenario, by its name. */
export async function played<T>(part: string): Promise<T> {
  mkdirSync(cache, { recursive: true });
  // Inside of the project, because koffi comes from its node_modules.
  const program = mkdtempSync(join(cache, "test-"));
  const folder = mkdtempSync("/tmp/lodger-freeze-");
  try {
    const outfile = join(program, "lodger.cjs");
    await bundle({ outfile });
    const scenarios = join(import.meta.dirname, `${part}.ts`);
    const args = ["--mount", "--propagation", "private", process.execPath, scenarios, folder, process.execPath, outfile];
    const { stdout } = await promisify(execFile)("unshare", args, { maxBuffer: 16 * 1024 * 1024 });
    // Its name comes before each path: what is asserted shall not depend on it.
    return JSON.parse(stdout.replaceAll(folder, ""));
  } finally {
    rmSync(program, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
}
