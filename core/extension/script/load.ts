/** A manifest -> the plugin that has its command. */
import { Problems, problemText } from "../../config/problems.ts";
import type { AnyPlugin } from "../../plugin.ts";
import { checked } from "./check.ts";
import { scriptPlugin } from "./script-plugin.ts";

/** @throws Error naming everything that is wrong, each with file and line. */
export function loadScript(file: string): AnyPlugin {
  const problems = new Problems();
  const manifest = checked(file, problems);
  if (manifest === undefined) throw new Error(problems.errors.map(problemText).join("; "));
  return scriptPlugin(manifest);
}
