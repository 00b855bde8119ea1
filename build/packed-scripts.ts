/** The program's two scripts as an executable has them, with V8's code for them. */
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { build } from "esbuild";
import { codeOf, LATER, MAIN } from "./packed/scripts.ts";
import { run } from "./run.ts";
import { preparedRuntime } from "./runtime.ts";
import { FLAGS, PREDICTABLE } from "./sea.ts";
import type { NodeTarget } from "./targets.ts";

export interface PackedScripts {
  readonly entry: string;
  /** Names to files. */
  readonly assets: Readonly<Record<string, string>>;
}

/**
 * @param parts the scripts' files.
 * @param work an empty folder for the files.
 * @param mayRun whether the agent may be started, for the code that a start needs.
 */
export async function packedScripts(
  target: NodeTarget,
  parts: { readonly main: string; readonly later: string },
  work: string,
  mayRun: boolean,
): Promise<PackedScripts> {
  const names = [MAIN, LATER];
  await copyFile(parts.main, join(work, MAIN));
  await copyFile(parts.later, join(work, LATER));
  // Compiled code belongs to a processor and a release of Node.
  const withCode = target.runtime === target.maker;
  if (withCode) {
    const maker = join(import.meta.dirname, "packed/make-code.ts");
    await run(await preparedRuntime(target), [...FLAGS, PREDICTABLE, maker, work, ...(mayRun ? ["run"] : [])], "node");
    names.push(...names.map(codeOf));
  }
  return {
    entry: await entryPoint(target, work, withCode),
    assets: Object.fromEntries(names.map((name) => [name, join(work, name)])),
  };
}

async function entryPoint(target: NodeTarget, work: string, withCode: boolean): Promise<string> {
  const outfile = join(work, "entry.cjs");
  await build({
    entryPoints: [join(import.meta.dirname, "packed/entry.ts")],
    outfile,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    minify: true,
    define: { LODGER_TARGET: JSON.stringify(target.name), LODGER_CODE: String(withCode) },
  });
  return outfile;
}
