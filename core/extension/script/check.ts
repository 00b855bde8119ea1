/** All that is wrong with a manifest and its program, for who writes one. */
import { type Problem, Problems } from "../../config/problems.ts";
import { searchPathOf } from "./environment.ts";
import { type Manifest, readManifest } from "./manifest.ts";
import { checkedProgram } from "./program.ts";

/** @param path of the manifest. @returns nothing if it can be used, as far as can be seen without running it. Never throws. */
export function checkManifest(path: string): Problem[] {
  const problems = new Problems();
  checked(path, problems);
  return problems.list;
}

/** @returns undefined if `problems` has errors. */
export function checked(path: string, problems: Problems): Manifest | undefined {
  const manifest = readManifest(path, problems);
  if (manifest === undefined) return undefined;
  try {
    checkedProgram(manifest.program, searchPathOf(manifest));
    return manifest;
  } catch (error) {
    problems.error({ file: path }, `its program can't be used: ${(error as Error).message}`);
    return undefined;
  }
}
