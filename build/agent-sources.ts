/** Parts of the agent's own sources that the build runs: what the commands declare, and what checks a plugin. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Ajv, Options } from "ajv";
import { build } from "esbuild";
import type { AnyCommand, AnyPlugin } from "../core/plugin.ts";
import { cache, root } from "./paths.ts";

export interface AgentSources {
  readonly builtInPlugins: readonly AnyPlugin[];
  readonly createAjv: (options?: Options) => Ajv;
  readonly declaredCommands: (plugin: AnyPlugin) => readonly AnyCommand[];
  readonly entryFile: (path: string) => string;
  readonly problemsOf: (definition: unknown, fileName: string, taken: ReadonlyMap<string, string>) => readonly string[];
}

const SOURCES = `
  export { builtInPlugins } from "./plugins/index.ts";
  export { createAjv } from "./core/dispatch/ajv.ts";
  export { declaredCommands } from "./core/declared-commands.ts";
  export { problemsOf } from "./core/extension/definition.ts";
  export { entryFile } from "./core/extension/discovery.ts";
`;

/** TypeScript with decorators around it, which Node alone doesn't run. */
export async function loadAgentSources(): Promise<AgentSources> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "declarations-"));
  try {
    const outfile = join(folder, "declarations.mjs");
    await build({
      absWorkingDir: root,
      stdin: { contents: SOURCES, resolveDir: root, sourcefile: "declarations.ts", loader: "ts" },
      outfile,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node24",
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true, verbatimModuleSyntax: true } },
      // ajv must be the very one that `standalone` belongs to.
      packages: "external",
      external: ["lodger:*"],
      logLevel: "warning",
    });
    return await import(pathToFileURL(outfile).href);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
