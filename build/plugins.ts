/**
 * The module `lodger:plugins`: the plugins that `--plugin` builds in. Each is bundled with the packages beside it, and `lodger/plugin` is the
 * agent's own. What is wrong with one stops the build, all of it at once.
 */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import type { AnyPlugin } from "../core/plugin.ts";
import { type AgentSources, loadAgentSources } from "./agent-sources.ts";
import { BuildFailure } from "./failure.ts";
import { cache, root } from "./paths.ts";

const MODULE = "lodger:plugins";

/** A plugin that is built in. */
export interface BuiltPlugin {
  /** The absolute path of its module. */
  readonly entry: string;
  readonly definition: AnyPlugin;
}

/**
 * @param paths of files or folders.
 * @returns the plugins, with what they declare.
 * @throws BuildFailure with all that is wrong with any of them.
 */
export async function loadPlugins(paths: readonly string[]): Promise<readonly BuiltPlugin[]> {
  if (paths.length === 0) return [];
  const agent = await loadAgentSources();
  const entries = paths.map((path) => entryOf(agent, path));
  const definitions = await evaluate(entries);
  refuse(agent, entries, definitions);
  return entries.map((entry, index) => ({ entry, definition: definitions[index] as AnyPlugin }));
}

export function plugins(built: readonly BuiltPlugin[]): Plugin {
  return {
    name: MODULE,
    setup(esbuild) {
      esbuild.onResolve({ filter: new RegExp(`^${MODULE}$`) }, () => ({ path: MODULE, namespace: MODULE }));
      esbuild.onLoad({ filter: /.*/, namespace: MODULE }, () => ({ contents: sources(built), loader: "js", resolveDir: root }));
    },
  };
}

function entryOf({ entryFile }: AgentSources, path: string): string {
  try {
    return entryFile(resolve(path));
  } catch (error) {
    throw new BuildFailure(`--plugin ${path}: ${error instanceof Error ? error.message : error}`);
  }
}

function refuse(
  { builtInPlugins, declaredCommands, problemsOf }: AgentSources,
  entries: readonly string[],
  definitions: readonly unknown[],
) {
  const owners = new Map(builtInPlugins.flatMap((plugin) => declaredCommands(plugin).map(({ name }) => [name, plugin.name] as const)));
  const names = new Map(builtInPlugins.map(({ name }) => [name, "lodger itself"]));
  const problems: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const found = problemsOf(definitions[index], calledBy(entry), owners);
    problems.push(...found.map((problem) => `${entry}: ${problem}`));
    if (found.length > 0) continue;
    const plugin = definitions[index] as AnyPlugin;
    const other = names.get(plugin.name);
    if (other !== undefined) problems.push(`${entry}: there is a plugin '${plugin.name}' in ${other}: give this one another name`);
    names.set(plugin.name, entry);
    for (const { name } of declaredCommands(plugin)) owners.set(name, plugin.name);
  }
  if (problems.length > 0) throw new BuildFailure(problems.join("\n"));
}

/** A plugin is called as its file, or as its folder. */
function calledBy(entry: string): string {
  const name = basename(entry).replace(/\.[cm]?[jt]s$/, "");
  return name === "index" ? basename(dirname(entry)) : name;
}

/** Loaded when the agent asks for it: what the admin has switched off costs nothing. */
function sources(built: readonly BuiltPlugin[]): string {
  const items = built.map(
    ({ entry, definition }) =>
      `{ name: ${JSON.stringify(definition.name)}, kind: "bundled", file: undefined, load: async () => (await import(${JSON.stringify(entry)})).default },`,
  );
  return `export default [\n${items.join("\n")}\n];\n`;
}

/** A bundle of their own, so that packages come from beside each plugin and not from lodger's. */
async function evaluate(entries: readonly string[]): Promise<readonly unknown[]> {
  await mkdir(cache, { recursive: true });
  const folder = await mkdtemp(join(cache, "plugins-"));
  try {
    const outfile = join(folder, "plugins.cjs");
    const contents = entries.map((entry, index) => `export { default as plugin${index} } from ${JSON.stringify(entry)};`).join("\n");
    await build({
      ...LIKE_THE_AGENT,
      stdin: { contents, resolveDir: root, sourcefile: "plugins.ts", loader: "ts" },
      outfile,
      logLevel: "silent",
    }).catch((error: Error) => {
      throw new BuildFailure(`a plugin can't be bundled:\n${error.message}`);
    });
    const { default: loaded } = await import(pathToFileURL(outfile).href).catch((error: Error) => {
      throw new BuildFailure(`a plugin throws while it is loaded: ${error.stack ?? error.message}`);
    });
    return entries.map((_, index) => loaded[`plugin${index}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** How both this and the bundle are made. */
export const LIKE_THE_AGENT = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  format: "cjs",
  target: "node24",
  alias: { "lodger/plugin": join(root, "core/plugin.ts") },
  // The same decorators as in tests; esbuild emits no metadata, so every injected parameter names its token.
  tsconfigRaw: { compilerOptions: { experimentalDecorators: true, verbatimModuleSyntax: true } },
  // Its loader looks for files around it: a bundle takes the package from node_modules, an executable the addon among its assets.
  external: ["koffi"],
  inject: [join(import.meta.dirname, "import-meta.ts")],
  define: { "import.meta.url": "importMetaUrl", "import.meta.dirname": "__dirname", "import.meta.filename": "__filename" },
} as const satisfies BuildOptions;
