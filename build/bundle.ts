/** One file of JavaScript with everything in it but Node and koffi's native addon. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type BuildOptions, build, type Metafile } from "esbuild";
import { sourceCommit } from "./commit.ts";
import { pluginTypes } from "./declarations.ts";
import { LATER } from "./packed/scripts.ts";
import { buildParts } from "./parts.ts";
import { dist } from "./paths.ts";
import { type BuiltPlugin, LIKE_THE_AGENT, loadPlugins, plugins } from "./plugins.ts";
import { validators } from "./validators.ts";

export interface BundleOptions {
  /** Default: the agent. */
  readonly entry?: string;
  /** Default: `dist/lodger.cjs`. */
  readonly outfile?: string;
  /** Files or folders of plugins that are built in. */
  readonly plugins?: readonly string[];
}

export interface Bundle {
  readonly file: string;
  readonly metafile: Metafile;
  /** What an executable's agent has in memory from its start on, by path. */
  readonly mainSources: readonly string[];
  readonly plugins: readonly BuiltPlugin[];
}

export async function bundle(options: BundleOptions = {}): Promise<Bundle> {
  const file = options.outfile ?? join(dist, "lodger.cjs");
  const built = await loadPlugins(options.plugins ?? []);
  const how = {
    ...LIKE_THE_AGENT,
    define: { ...LIKE_THE_AGENT.define, LODGER_COMMIT: JSON.stringify(await sourceCommit()) },
    entryPoints: [options.entry ?? "core/main.ts"],
    // Names stay: they are what stack traces in a log have. The rest costs nothing to take away and is less to read at start.
    minifySyntax: true,
    minifyWhitespace: true,
    plugins: [validators(built.map(({ definition }) => definition)), plugins(built), pluginTypes()],
    logLevel: "warning",
  } as const satisfies BuildOptions;
  const { metafile } = await build({ ...how, outfile: file, legalComments: "external", metafile: true });
  const parts = await buildParts(how, LATER);
  const files = partsOf(file);
  await writeFile(files.main, parts.main);
  await writeFile(files.later, parts.later);
  return { file, metafile, mainSources: parts.sources, plugins: built };
}

/** @param file the bundle. @returns the same program in two scripts, for an executable. */
export function partsOf(file: string): { readonly main: string; readonly later: string } {
  const name = file.replace(/\.cjs$/, "");
  return { main: `${name}.main.cjs`, later: `${name}.later.cjs` };
}
