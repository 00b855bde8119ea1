/** `lodger plugin check`: all that is wrong with plugins and manifests of scripts, at once, and nothing of them is started. */
import { readdirSync, statSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { Problems, problemText } from "../../config/problems.ts";
import { StartError } from "../../config/start-error.ts";
import { discoverPlugins } from "../../extension/discovery.ts";
import { printable } from "../../printable.ts";
import type { Settings } from "../../settings.ts";
import type { SubcommandInput } from "../subcommand.ts";
import { builtInCommands } from "./built-in-commands.ts";
import { checkPlugin } from "./check-plugin.ts";
import { surroundings } from "./settings.ts";

/** What is said of one plugin or manifest. */
export interface Report {
  /** What was found good, in a few words; told only where nothing is wrong. */
  readonly good: string;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

export async function checkPlugins(input: SubcommandInput): Promise<number> {
  const ofConfiguration = new Problems();
  const { settings, admin, paths } = await surroundings(input, input.args, ofConfiguration);
  const named = paths.length > 0 ? paths.map((path) => resolve(path)) : installed(settings);
  if (named.length === 0) {
    throw new StartError(`there is no plugin in ${settings.pluginFolder} and no manifest in ${settings.scriptFolder}: name what to check`);
  }
  const commands = builtInCommands(input.agent.plugins);
  let status = 0;
  const tell = (line: string) => input.write(`${printable(line)}\n`);
  for (const path of named) {
    const report = path.endsWith(".toml")
      ? await checkManifest(path, commands)
      : await checkPlugin(path, { admin, agent: input.agent, commands });
    for (const warning of report.warnings) tell(`${path}: warning: ${warning}`);
    for (const problem of report.problems) tell(problem);
    if (report.problems.length === 0) tell(`${path}: ${report.good}`);
    else status = 1;
  }
  if (ofConfiguration.errors.length > 0) tell(`warning: lodger.toml itself can't be used as it is: 'lodger config check' says why`);
  return status;
}

/** What the agent would look at. */
function installed(settings: Settings): string[] {
  const { found, refused } = discoverPlugins(settings);
  const plugins = [...settings.plugins.map((path) => resolve(path)), ...namesIn(settings.pluginFolder)];
  const known = new Set([...found, ...refused].map(({ file }) => file));
  const isPlugin = (path: string) => known.has(path) || [...known].some((file) => file.startsWith(`${path}/`));
  return [...plugins.filter(isPlugin), ...namesIn(settings.scriptFolder).filter((path) => path.endsWith(".toml"))];
}

function namesIn(folder: string): string[] {
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return [];
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .sort()
    .map((name) => join(resolve(folder), name));
}

async function checkManifest(path: string, commands: Map<string, string>): Promise<Report> {
  const { checkManifest: check } = await import("../../extension/script/check.ts");
  const found = check(path);
  const name = basename(path, ".toml");
  const problems = found.filter(({ severity }) => severity === "error").map(problemText);
  const owner = commands.get(name);
  if (owner !== undefined) problems.push(`${path}: the command ${name} is there already, in '${owner}': give the file another name`);
  commands.set(name, path);
  const warnings = found.filter(({ severity }) => severity === "warning").map(({ text }) => text);
  return { good: `all right: the command ${name}`, problems, warnings };
}
