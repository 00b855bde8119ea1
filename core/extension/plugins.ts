/** Whether there are plugins beside the agent's own. All that runs them is loaded only then. */
import { readdirSync } from "node:fs";
import type { AdminConfig } from "../config/admin-config.ts";
import type { RunStart } from "../config/start.ts";
import type { Transport } from "../plugin.ts";
import type { Settings } from "../settings.ts";
import { StateFile } from "../state-file.ts";
import type { LifecycleParts, PluginLifecycle } from "./lifecycle.ts";

/** How long the channel waits for plugins before it opens: who takes longer to start has its commands when it has started. */
const PATIENCE_MS = 2000;

export class Plugins {
  readonly name = "plugins";
  readonly #parts: LifecycleParts;
  #lifecycle: PluginLifecycle | undefined;
  #started: Promise<void> | undefined;

  constructor(parts: LifecycleParts) {
    this.#parts = parts;
  }

  /** Starts them; if file systems are frozen, when they aren't any more. @returns undefined where there is nothing to start. */
  start(admin: AdminConfig): Promise<void> | undefined {
    if (!this.#areThere(admin)) return undefined;
    const state = this.#parts.container.resolve(StateFile);
    if (!state.frozen) return this.#startNow(admin);
    void state.whenThawed().then(() => this.#startNow(admin));
    return undefined;
  }

  /** For the reload. @throws Error where options of a plugin are wrong. */
  check(admin: AdminConfig): void {
    this.#lifecycle?.check(admin);
  }

  /** For the reload: what has changed of the plugins, or of what the admin says of them. */
  async apply(admin: AdminConfig, { settings }: RunStart): Promise<void> {
    if (this.#lifecycle || this.#areThere(admin, settings)) await (await this.#load()).apply(admin, settings);
  }

  /** @returns the transport that a plugin brings, when all of them run or have failed. */
  async transport(name: string): Promise<Transport | undefined> {
    await this.#started;
    return this.#lifecycle?.transport(name);
  }

  /** @param withinMs for all of them together. */
  async stop(withinMs: number): Promise<void> {
    await this.#lifecycle?.stop(withinMs);
  }

  async #startNow(admin: AdminConfig): Promise<void> {
    this.#started = (await this.#load()).apply(admin);
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE_MS);
    await Promise.race([this.#started, late]);
    clearTimeout(timer);
  }

  async #load(): Promise<PluginLifecycle> {
    const { PluginLifecycle: Lifecycle } = await import("./lifecycle.ts");
    this.#lifecycle ??= new Lifecycle(this.#parts);
    return this.#lifecycle;
  }

  #areThere(admin: AdminConfig, settings = this.#parts.settings): boolean {
    return admin.plugins.size > 0 || this.#parts.bundled.length > 0 || mayBringPlugins(settings) || hasFiles(settings.scriptFolder);
  }
}

/** Whether there may be plugins on disk, and with them transports that the agent doesn't know. */
export function mayBringPlugins({ plugins, pluginFolder }: Pick<Settings, "plugins" | "pluginFolder">): boolean {
  return plugins.length > 0 || hasFiles(pluginFolder);
}

/** At once: going to a thread would start them all for it. */
function hasFiles(folder: string): boolean {
  try {
    return readdirSync(folder).length > 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "ENOENT"; // who loads them says what is wrong
  }
}
