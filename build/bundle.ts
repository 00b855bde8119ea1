/** One file of JavaScript with everything in it but Node and koffi's native addon. */
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { sourceCommit } from "./commit.ts";
import { pluginTypes } from "./declarations.ts";
import { dist, root } from "./paths.ts";
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
  readonly plugins: readonly BuiltPlugin[];
}

export async function bundle(options: BundleOptions = {}): Promise<Bundle> {
  const file = options.outfile ?? join(dist, "lodger.cjs");
  const built = await loadPlugins(options.plugins ?? []);
  const { metafile } = await build({
    ...LIKE_THE_AGENT,
    define: { ...LIKE_THE_AGENT.define, LODGER_COMMIT: JSON.stringify(await sourceCommit()) },
    entryPoints: [options.entry ?? join(root, "core/main.ts")],
    outfile: file,
    // Names stay: they are what stack traces in a log have. The rest costs nothing to take away and is less to read at start.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "external",
    plugins: [validators(built.map(({ definition }) => definition)), plugins(built), pluginTypes()],
    metafile: true,
    logLevel: "warning",
  });
  return { file, metafile, plugins: built };
}
