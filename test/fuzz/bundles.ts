/** What runs is made of the sources as they are: the targets in one file, and the agent that some of them talk to. */
import { execFile } from "node:child_process";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { build, type Plugin } from "esbuild";
import { bundle } from "../../build/bundle.ts";
import { root } from "../../build/paths.ts";
import { LIKE_THE_AGENT } from "../../build/plugins.ts";

export interface Bundles {
  readonly campaign: string;
  readonly agent: string;
  readonly names: readonly string[];
}

/** From source, a validator is compiled when it is first needed. */
const nothingGenerated: Plugin = {
  name: "lodger:generated",
  setup(esbuild) {
    esbuild.onResolve({ filter: /^lodger:(validators|plugins|plugin-types)$/ }, ({ path }) => ({ path, namespace: "lodger" }));
    esbuild.onLoad({ filter: /.*/, namespace: "lodger" }, ({ path }) => ({
      contents: `export default ${path === "lodger:plugins" ? "[]" : "{}"};`,
    }));
  },
};

export async function bundles(): Promise<Bundles> {
  const folder = join(root, ".cache/fuzz");
  await mkdir(folder, { recursive: true });
  const campaign = join(folder, "campaign.mjs");
  const agent = join(folder, "lodger.cjs");
  const { alias, tsconfigRaw, external, absWorkingDir } = LIKE_THE_AGENT;
  await build({
    absWorkingDir,
    alias,
    tsconfigRaw,
    external: [...external],
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node24",
    entryPoints: [join(root, "test/fuzz/campaign.ts")],
    outfile: campaign,
    // A module that is run by itself, too, is none here.
    define: { "import.meta.main": "false" },
    banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
    plugins: [nothingGenerated],
    logLevel: "warning",
  });
  await bundle({ outfile: agent });
  const { stdout } = await promisify(execFile)(process.execPath, [campaign]);
  return { campaign, agent, names: stdout.trim().split("\n") };
}
