/** One file of JavaScript with everything in it but Node and koffi's native addon. */
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { dist, root } from "./paths.ts";
import { validators } from "./validators.ts";

export interface BundleOptions {
  /** Default: the agent. */
  readonly entry?: string;
  /** Default: `dist/lodger.cjs`. */
  readonly outfile?: string;
}

export interface Bundle {
  readonly file: string;
  readonly metafile: Metafile;
}

export async function bundle(options: BundleOptions = {}): Promise<Bundle> {
  const file = options.outfile ?? join(dist, "lodger.cjs");
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: [options.entry ?? join(root, "core/main.ts")],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "cjs",
    target: "node24",
    // Names stay: they are what stack traces in a log have. The rest costs nothing to take away and is less to read at start.
    minifySyntax: true,
    minifyWhitespace: true,
    legalComments: "external",
    // The same decorators as in tests; esbuild emits no metadata, so every injected parameter names its token.
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true, verbatimModuleSyntax: true } },
    // Its loader looks for files around it: a bundle takes the package from node_modules, an executable the addon among its assets.
    external: ["koffi"],
    inject: [join(import.meta.dirname, "import-meta.ts")],
    define: { "import.meta.url": "importMetaUrl", "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
    plugins: [validators()],
    metafile: true,
    logLevel: "warning",
  });
  return { file, metafile };
}
