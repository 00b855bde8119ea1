/** Plugins before they run: where they come from, and what the admin has said about them. */
import type { Origin } from "../config/problems.ts";
import type { TomlTable } from "../config/toml.ts";
import type { AnyPlugin } from "../plugin.ts";

/** How a plugin runs. "bundled": built into the executable by `npm run build -- --plugin`. */
export type PluginKind = "built-in" | "bundled" | "in-process" | "isolated" | "script";

/** A plugin that may be loaded. */
export interface PluginSource {
  /** What its file is called, without its ending: it has to be the plugin's name. */
  readonly name: string;
  readonly kind: PluginKind;
  /** The file that it is loaded from; undefined for what is in the executable. */
  readonly file: string | undefined;
  /** @throws Error saying why it can't be used and what to do. */
  load(): AnyPlugin | Promise<AnyPlugin>;
}

/** The table `[plugins.NAME]` of lodger.toml. */
export interface PluginSettings {
  readonly enabled: boolean;
  /** Whether it runs in a process of its own. */
  readonly isolate: boolean;
  /** Whom an isolated plugin's process runs as: a user's name; the agent's own user if undefined. */
  readonly user?: string | undefined;
  /** Of an isolated plugin's process, in MiB; beyond, it is ended and started again. */
  readonly memoryLimit: number;
  /** How long its start and its stop may each take, in milliseconds. */
  readonly startMs: number;
  readonly stopMs: number;
  /** Its own options, as they stand in the file; undefined if there are none. */
  readonly options: TomlTable | undefined;
  readonly origin: Origin | undefined;
}

export const DEFAULT_PLUGIN_SETTINGS: PluginSettings = {
  enabled: true,
  isolate: false,
  memoryLimit: 256,
  startMs: 10_000,
  stopMs: 5_000,
  options: undefined,
  origin: undefined,
};

export type PluginState = "running" | "off" | "failed" | "stopped";

/** How a plugin does, for `lodger plugin list` and the log. */
export interface PluginStatus {
  readonly name: string;
  readonly version: string | undefined;
  readonly kind: PluginKind;
  readonly file: string | undefined;
  readonly commands: readonly string[];
  readonly state: PluginState;
  /** Why it isn't running, or what it was caught at. */
  readonly reason: string | undefined;
}
