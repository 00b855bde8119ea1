/** All that is wrong with one plugin. */
import { lstatSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { AdminConfig } from "../../config/admin-config.ts";
import { NO_START } from "../../config/no-settings.ts";
import { originText, Problems, problemText } from "../../config/problems.ts";
import { agentContainer } from "../../container.ts";
import { declaredCommands } from "../../declared-commands.ts";
import { problemsOf } from "../../extension/definition.ts";
import { entryFile } from "../../extension/discovery.ts";
import { filesOf, importPlugin } from "../../extension/modules.ts";
import { isName, NAME_RULE } from "../../extension/names.ts";
import { pluginOptions } from "../../extension/plugin-options.ts";
import { DEFAULT_PLUGIN_SETTINGS } from "../../extension/source.ts";
import type { AnyPlugin } from "../../plugin.ts";
import type { AgentEnvironment } from "../../run.ts";
import type { Token } from "../../token.ts";
import { readTrusted } from "../../trusted-file.ts";
import type { Report } from "./check.ts";

export interface CheckedAgainst {
  readonly admin: AdminConfig;
  readonly agent: AgentEnvironment;
  /** Whose the commands are; those of a good plugin are added. */
  readonly commands: Map<string, string>;
}

export async function checkPlugin(path: string, { admin, agent, commands }: CheckedAgainst): Promise<Report> {
  const problems = new Set<string>();
  const warnings: string[] = [];
  const add = (problem: string) => problems.add(problem.startsWith("/") ? problem : `${path}: ${problem}`);
  const name = calledBy(path);
  if (!isName(name)) add(`'${name}' is no plugin's name: use ${NAME_RULE}`);
  if (agent.plugins.some((plugin) => plugin.name === name)) add(`lodger itself has a plugin '${name}': give this one another name`);
  const definition = await loaded(name, path, add);
  for (const problem of trustProblems(path, name)) add(problem);
  if (definition !== undefined) {
    const found = problemsOf(definition, name, commands);
    for (const problem of found) add(problem);
    if (found.length === 0) {
      const plugin = definition as AnyPlugin;
      for (const problem of optionProblems(plugin, admin)) add(problem);
      warnings.push(...needWarnings(plugin, agent));
      for (const command of declaredCommands(plugin)) commands.set(command.name, plugin.name);
    }
  }
  const setting = admin.plugins.get(name);
  if (setting?.enabled === false)
    warnings.push(`${originText(setting.origin ?? { file: "lodger.toml" })} has enabled = false for it, so it isn't loaded`);
  if (process.geteuid?.() !== 0 && filesOf(name).some((file) => statSync(file).uid !== 0)) {
    warnings.push("it isn't root's: where the agent runs as root, root has to own every file of it");
  }
  return {
    good: problems.size === 0 && definition !== undefined ? goodText(definition as AnyPlugin) : "",
    problems: [...problems],
    warnings,
  };
}

/** A plugin is called as its file, or as its folder. */
function calledBy(path: string): string {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ? basename(path) : basename(path).replace(/\.[cm]?[jt]s$/, "");
}

async function loaded(name: string, path: string, add: (problem: string) => void): Promise<unknown> {
  try {
    return await importPlugin(name, entryFile(path), { untrusted: true });
  } catch (error) {
    add(error instanceof Error ? error.message : String(error));
    return undefined;
  }
}

/** Of every file that it was made from, and of those that say how: the agent refuses what others could change. */
function trustProblems(path: string, name: string): string[] {
  const own = lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ? join(path, "package.json") : undefined;
  const beside = own !== undefined && statSync(own, { throwIfNoEntry: false }) ? [own] : [];
  return [...filesOf(name), ...beside].flatMap((file) => {
    try {
      readTrusted(file);
      return [];
    } catch (error) {
      return [error instanceof Error ? error.message : String(error)];
    }
  });
}

function optionProblems(plugin: AnyPlugin, admin: AdminConfig): string[] {
  const setting = admin.plugins.get(plugin.name);
  if (setting === undefined && !hasRequired(plugin)) return [];
  const problems = new Problems();
  pluginOptions(plugin, setting ?? { ...DEFAULT_PLUGIN_SETTINGS, origin: { file: admin.files[0] ?? "/etc/lodger/lodger.toml" } }, problems);
  return problems.list.map(problemText);
}

function hasRequired({ options }: AnyPlugin): boolean {
  return ((options as { required?: readonly string[] } | undefined)?.required ?? []).length > 0;
}

function needWarnings(plugin: AnyPlugin, agent: AgentEnvironment): string[] {
  const container = agentContainer(agent.container.createChildContainer(), NO_START, agent.generated);
  return Object.values((plugin.needs ?? {}) as Record<string, Token<unknown>>)
    .filter(({ key }) => !container.isRegistered(key, true))
    .map(({ name }) => `it needs '${name}', which nothing in the agent provides: the plugin that does has to be installed, too`);
}

function goodText(plugin: AnyPlugin): string {
  const names = declaredCommands(plugin).map(({ name }) => name);
  const called = [plugin.name, plugin.version].filter((part) => part !== undefined).join(" ");
  return `all right: ${called}${names.length === 0 ? "" : `, ${names.join(", ")}`}`;
}
