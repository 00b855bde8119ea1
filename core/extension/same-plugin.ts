/** Whether a plugin that runs is still what the files and the settings say. */
import { statSync } from "node:fs";
import { plain } from "../config/toml.ts";
import { filesOf } from "./modules.ts";
import type { LoadedPlugin } from "./running-plugin.ts";
import type { PluginSettings, PluginSource } from "./source.ts";

/** Changes whenever one of the files does that the plugin was made from. */
export function sourceStamp({ name, file, kind }: PluginSource): string {
  const files = new Set([...(file === undefined ? [] : [file]), ...(kind === "in-process" ? filesOf(name) : [])]);
  return [...files]
    .sort()
    .map((one) => `${one} ${fileStamp(one)}`)
    .join("\n");
}

/** Changes whenever the file does. */
export function fileStamp(file: string): string {
  const status = statSync(file, { throwIfNoEntry: false, bigint: true });
  return status ? `${status.dev}:${status.ino}:${status.size}:${status.mtimeNs}:${status.ctimeNs}` : "";
}

export function sameSettings({ source, settings }: LoadedPlugin, now: PluginSource, next: PluginSettings): boolean {
  return source.kind === now.kind && source.file === now.file && settingsText(settings) === settingsText(next);
}

/** Without the places, which change when a line is added above. */
function settingsText({ options, origin: _, ...settings }: PluginSettings): string {
  return JSON.stringify([settings, options === undefined ? {} : plain(options)], (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}
