/** The commands that are part of lodger: no plugin can have one of their names. */
import { declaredCommands } from "../../declared-commands.ts";
import type { AnyPlugin } from "../../plugin.ts";

/** @returns whose each is. */
export function builtInCommands(plugins: readonly AnyPlugin[]): Map<string, string> {
  return new Map(plugins.flatMap((plugin) => declaredCommands(plugin).map(({ name }) => [name, plugin.name] as const)));
}
