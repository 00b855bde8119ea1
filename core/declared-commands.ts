/** The commands that a plugin declares, for who wants to know them and not to run them: the build, the documentation, `lodger schema`. */
import type { AnyCommand, AnyPlugin, PluginHost } from "./plugin.ts";

/** @throws Error if the plugin uses what it needs before a command runs: a declaration is the same everywhere. */
export function declaredCommands(plugin: AnyPlugin): readonly AnyCommand[] {
  return plugin.commands?.(untouchable(plugin.name), untouchable(plugin.name) as unknown as PluginHost<never>) ?? [];
}

/** Can be kept, but nothing can be had from it. */
function untouchable(plugin: string): Record<string, unknown> {
  const need = (name: string): unknown =>
    new Proxy(() => undefined, {
      get() {
        throw new Error(`plugin ${plugin}: its commands use '${name}' while they are declared; use it when a command runs`);
      },
      apply() {
        throw new Error(`plugin ${plugin}: its commands call '${name}' while they are declared; call it when a command runs`);
      },
    });
  return new Proxy<Record<string, unknown>>({}, { get: (_, name) => need(String(name)) });
}
