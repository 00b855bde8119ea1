/** The tables `[plugins.NAME]`. */
import { isName, NAME_RULE } from "../extension/names.ts";
import { DEFAULT_PLUGIN_SETTINGS, type PluginSettings } from "../extension/source.ts";
import { joinTables } from "./join-tables.ts";
import type { Problems } from "./problems.ts";
import { flag, Section, seconds, size, text } from "./section.ts";

const MIB = 2 ** 20;
/** With less, Node itself doesn't start. */
const LEAST_MEMORY = "32 MiB";
const MOST_MEMORY = "64 GiB";
/** Whoever waits longer waits for ever. */
const MOST_SECONDS = 3600;

/** @param plugins the table that holds them. */
export function readPluginSettings(plugins: Section, problems: Problems): ReadonlyMap<string, PluginSettings> {
  return new Map(
    plugins.keys().flatMap((name) => {
      const tables = plugins.tables(name);
      const [first] = tables;
      if (first === undefined) return [];
      if (!isName(name)) {
        problems.error(first.origin, `'${name}' is no plugin's name: use ${NAME_RULE}`);
        return [];
      }
      return [[name, settings(new Section(`[plugins.${name}]`, tables, problems), problems)] as const];
    }),
  );
}

function settings(section: Section, problems: Problems): PluginSettings {
  const fallback = DEFAULT_PLUGIN_SETTINGS;
  const memory = section.one("memory-limit", size(LEAST_MEMORY, MOST_MEMORY));
  const user = section.one("user", userName);
  const result = {
    enabled: section.one("enabled", flag)?.value ?? fallback.enabled,
    isolate: section.one("isolate", flag)?.value ?? fallback.isolate,
    memoryLimit: memory === undefined ? fallback.memoryLimit : Math.floor(memory.value / MIB),
    startMs: section.one("start-timeout", seconds(MOST_SECONDS))?.value ?? fallback.startMs,
    stopMs: section.one("stop-timeout", seconds(MOST_SECONDS))?.value ?? fallback.stopMs,
    options: joinTables(section.tables("options"), problems),
    origin: section.origin,
  };
  section.refuseOthers();
  if (user !== undefined && !result.isolate)
    problems.error(user.origin, "'user' is for a plugin in a process of its own: add isolate = true");
  return user === undefined ? result : { ...result, user: user.value };
}

const userName: typeof text = (value) => {
  const result = text(value);
  return "is" in result && !/^[^\s:/]+$/.test(result.is) ? { hasToBe: "write the name of a user" } : result;
};
