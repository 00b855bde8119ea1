/** All plugins that the admin has put there, however they run; found, loaded and checked, and not started. */
import type { DependencyContainer } from "tsyringe";
import type { AdminConfig } from "../config/admin-config.ts";
import { nearest } from "../config/nearest.ts";
import { type Origin, originText } from "../config/problems.ts";
import { declaredCommands } from "../declared-commands.ts";
import { Log } from "../log.ts";
import type { AnyPlugin } from "../plugin.ts";
import type { Settings } from "../settings.ts";
import { AgentState } from "../state.ts";
import { type Activity, during } from "./culprit.ts";
import { within } from "./deadline.ts";
import { problemsOf } from "./definition.ts";
import { discoverPlugins } from "./discovery.ts";
import { ModuleError, moduleError } from "./module-errors.ts";
import { importPlugin } from "./modules.ts";
import {
  DEFAULT_PLUGIN_SETTINGS,
  type PluginKind,
  type PluginSettings,
  type PluginSource,
  type PluginState,
  type PluginStatus,
} from "./source.ts";
import { atWorkNow } from "./watchdog.ts";

export interface FoundSources {
  readonly sources: readonly PluginSource[];
  /** What is there and isn't used: refused, or switched off. */
  readonly refused: readonly PluginStatus[];
}

export interface WhereToLook {
  readonly settings: Settings;
  readonly admin: Pick<AdminConfig, "plugins">;
  readonly bundled: readonly PluginSource[];
  /** Of the agent. */
  readonly container: DependencyContainer;
  /** Told when a plugin with a process of its own loses it or has one again. */
  readonly onState?: (name: string, state: PluginState, reason: string | undefined) => void;
}

export async function findPlugins(where: WhereToLook): Promise<FoundSources> {
  const { settings, admin, bundled } = where;
  const refused: PluginStatus[] = [];
  const sources = new Map<string, PluginSource>();
  const add = (source: PluginSource) => {
    const { name, kind, file } = source;
    const other = sources.get(name);
    if (other)
      refused.push(
        status(source, "failed", `the plugin '${name}' is also in ${other.file ?? "the executable"}: remove or rename one of them`),
      );
    else if (!settingsOf(admin, name).enabled)
      refused.push(status({ name, kind, file }, "off", `[plugins.${name}] says 'enabled = false'`));
    else sources.set(name, source);
  };
  for (const source of bundled) add(source);
  const onDisk = discoverPlugins(settings);
  for (const { reason, ...file } of onDisk.refused) refused.push(status({ ...file, kind: "in-process" }, "failed", reason));
  for (const { name, file } of onDisk.found) {
    const settingsOfIt = settingsOf(admin, name);
    add(settingsOfIt.isolate ? await isolated(name, file, settingsOfIt, where) : inProcess(name, file));
  }
  for (const source of await scripts(settings.scriptFolder, refused)) add(source);
  return { sources: [...sources.values()], refused };
}

export function settingsOf(admin: Pick<AdminConfig, "plugins">, name: string): PluginSettings {
  return admin.plugins.get(name) ?? DEFAULT_PLUGIN_SETTINGS;
}

/** @returns a sentence for each table `[plugins.NAME]` that is about nothing. */
export function unknownTables(admin: Pick<AdminConfig, "plugins">, builtIn: readonly string[], names: readonly string[]): string[] {
  const at = (origin: Origin | undefined) => (origin === undefined ? "" : `${originText(origin)}: `);
  return [...admin.plugins].flatMap(([name, { origin }]) => {
    if (builtIn.includes(name)) {
      return [
        `${at(origin)}[plugins.${name}] is about a plugin of lodger's own and has no effect: rules under [policy] say which of its commands run`,
      ];
    }
    if (names.includes(name)) return [];
    const like = nearest(name, names);
    return [`${at(origin)}[plugins.${name}] is about a plugin that isn't there${like === undefined ? "" : `: is '${like}' meant?`}`];
  });
}

/** @returns what it exports, unchecked. @throws ModuleError saying in one line why it can't be loaded. */
export async function loadPlugin(source: PluginSource, startMs: number): Promise<AnyPlugin> {
  try {
    return await within(startMs, `loading it took longer than ${startMs / 1000} s`, source.load());
  } catch (error) {
    throw error instanceof ModuleError ? error : moduleError(error, source.file ?? source.name);
  }
}

/**
 * @param taken commands that there are already, and whose they are; its own are added.
 * @throws ModuleError with everything that is wrong, in one line.
 */
export function checkPlugin(plugin: AnyPlugin, { name }: PluginSource, taken: Map<string, string>): void {
  const problems = problemsOf(plugin, name, taken);
  if (problems.length > 0) throw new ModuleError(problems.join("; "));
  for (const command of declaredCommands(plugin)) taken.set(command.name, name);
}

export interface DeclaredPlugin {
  readonly source: PluginSource;
  readonly plugin: AnyPlugin;
}

/** Every plugin that would be started, for who wants to know its declarations. Its modules are run, nothing of it is started. */
export async function declaredPlugins(
  where: WhereToLook,
  taken: ReadonlyMap<string, string>,
): Promise<{ readonly plugins: readonly DeclaredPlugin[]; readonly refused: readonly PluginStatus[] }> {
  const { sources, refused } = await findPlugins(where);
  const commands = new Map(taken);
  const plugins: DeclaredPlugin[] = [];
  const failed: PluginStatus[] = [];
  for (const source of sources) {
    try {
      const plugin = await loadPlugin(source, settingsOf(where.admin, source.name).startMs);
      checkPlugin(plugin, source, commands);
      plugins.push({ source, plugin });
    } catch (error) {
      failed.push(status(source, "failed", error instanceof Error ? error.message : String(error)));
    }
  }
  return { plugins, refused: [...refused, ...failed] };
}

export function status(
  source: { name: string; kind: PluginKind; file: string | undefined },
  state: PluginState,
  reason: string,
): PluginStatus {
  const { name, kind, file } = source;
  return { name, version: undefined, kind, file, commands: [], state, reason };
}

function inProcess(name: string, file: string): PluginSource {
  return {
    name,
    kind: "in-process",
    file,
    load: () => loadHere({ plugin: name, what: "its loading" }, file),
  };
}

async function loadHere(activity: Activity, file: string): Promise<AnyPlugin> {
  const done = atWorkNow(activity);
  try {
    return (await during(activity, () => importPlugin(activity.plugin, file))) as AnyPlugin;
  } finally {
    done();
  }
}

async function isolated(name: string, file: string, settings: PluginSettings, where: WhereToLook): Promise<PluginSource> {
  const { isolatedPlugin } = await import("./isolated/source.ts");
  const { container, onState } = where;
  const log = container.resolve<Log>(Log.key);
  const state = container.resolve<AgentState>(AgentState.key);
  const told = onState && { onState: (now: PluginState, reason: string | undefined) => onState(name, now, reason) };
  return isolatedPlugin({ name, file, settings, agent: where.settings, log, state, ...told });
}

async function scripts(folder: string, refused: PluginStatus[]): Promise<readonly PluginSource[]> {
  const { scriptPlugins } = await import("./script/index.ts");
  try {
    return scriptPlugins(folder);
  } catch (error) {
    refused.push(
      status({ name: "scripts", kind: "script", file: folder }, "failed", error instanceof Error ? error.message : String(error)),
    );
    return [];
  }
}
