/** The folder of manifests: each of them makes a program a command. */
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import type { PluginSource } from "../source.ts";

const ENDING = ".toml";

/**
 * @returns a source for each manifest, by name; none where there is no such folder.
 * @throws Error naming the folder, if it is there and can't be listed.
 */
export function scriptPlugins(folder: string): PluginSource[] {
  return manifestsIn(folder).map((file) => ({
    name: basename(file, ENDING),
    kind: "script",
    file,
    async load() {
      const { loadScript } = await import("./load.ts");
      return loadScript(file);
    },
  }));
}

/** What an editor leaves behind begins with a dot or ends otherwise. */
function manifestsIn(folder: string): string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(ENDING) && !name.startsWith("."));
    return names.sort().map((name) => join(folder, name));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new Error(`${folder}: the manifests of scripts can't be listed: ${message}`);
  }
}
