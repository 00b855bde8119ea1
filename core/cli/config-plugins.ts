/** Whether the plugins are there that a configuration speaks of, what is wrong with them, and what commands they declare. */
import type { AdminConfig } from "../config/admin-config.ts";
import { nearest } from "../config/nearest.ts";
import type { Problems } from "../config/problems.ts";
import { agentContainer } from "../container.ts";
import { declaredCommands } from "../declared-commands.ts";
import { declaredPlugins, settingsOf } from "../extension/loader.ts";
import { pluginOptions } from "../extension/plugin-options.ts";
import type { AnyCommand } from "../plugin.ts";
import type { AgentEnvironment } from "../run.ts";
import type { Settings } from "../settings.ts";

/** @returns the commands of all plugins, those of the agent's own first. */
export async function checkPlugins(
  { container, plugins: builtIn, bundled, generated }: AgentEnvironment,
  admin: AdminConfig,
  settings: Settings,
  problems: Problems,
): Promise<readonly AnyCommand[]> {
  const commands = builtIn.flatMap(declaredCommands);
  const taken = new Map(builtIn.flatMap((plugin) => declaredCommands(plugin).map(({ name }) => [name, plugin.name] as const)));
  const where = { settings, admin, bundled, container: agentContainer(container, { settings, admin }, generated) };
  const { plugins, refused } = await declaredPlugins(where, taken);
  for (const { source, plugin } of plugins) {
    pluginOptions(plugin, settingsOf(admin, source.name), problems);
    commands.push(...declaredCommands(plugin));
  }
  for (const { name, file = `the plugin '${name}'`, state, reason = "" } of refused) {
    if (state === "failed") problems.error({ file }, reason.startsWith(`${file}: `) ? reason.slice(file.length + 2) : reason);
  }
  const names = new Set([...builtIn, ...plugins.map(({ plugin }) => plugin), ...refused].map(({ name }) => name));
  for (const [name, { origin = { file: "lodger.toml" } }] of admin.plugins) {
    if (names.has(name)) continue;
    const like = nearest(name, names);
    problems.warning(origin, `there is no plugin '${name}'${like === undefined ? "" : `; is '${like}' meant?`}`);
  }
  return commands;
}
