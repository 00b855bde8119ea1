/** What each plugin is given beside what it needs. */
import { failed } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AnyPlugin, PluginHost } from "../plugin.ts";

/** For a plugin of the agent's own, which has neither options nor a state folder. */
export function builtInHost(plugin: AnyPlugin, log: Log): PluginHost<never> {
  return {
    options: {} as never,
    log,
    signal: new AbortController().signal,
    stateFolder: () => Promise.reject(failed(`plugin ${plugin.name} has no folder`)),
  };
}
