/**
 * All plugins that are not the agent's own, from disk or bundled, in the order of what they need of each other: found, loaded, started;
 * stopped and started anew where they or the admin's settings have changed; stopped. A plugin that can't be used is told of and left out.
 */
import type { DependencyContainer } from "tsyringe";
import type { AdminConfig } from "../config/admin-config.ts";
import { Problems, problemText } from "../config/problems.ts";
import { CommandRegistry } from "../dispatch/registry.ts";
import type { Log } from "../log.ts";
import { LogFile } from "../log-file.ts";
import type { AnyPlugin, Transport } from "../plugin.ts";
import type { Settings } from "../settings.ts";
import { StateFile } from "../state-file.ts";
import { Statistics } from "../statistics/statistics.ts";
import type { Token } from "../token.ts";
import { stateFolders } from "./host.ts";
import { checkPlugin, findPlugins, loadPlugin, settingsOf, status, unknownTables } from "./loader.ts";
import { ModuleError, oneLine } from "./module-errors.ts";
import { PluginList } from "./plugin-list.ts";
import { pluginOptions } from "./plugin-options.ts";
import { orderPlugins } from "./plugin-order.ts";
import { type LoadedPlugin, RunningPlugin, type Surroundings } from "./running-plugin.ts";
import { sameSettings, sourceStamp } from "./same-plugin.ts";
import type { PluginSettings, PluginSource, PluginStatus } from "./source.ts";

export interface LifecycleParts {
  /** Of the agent. */
  readonly container: DependencyContainer;
  readonly builtIn: readonly AnyPlugin[];
  readonly bundled: readonly PluginSource[];
  readonly settings: Settings;
}

type Plugins = Pick<AdminConfig, "plugins">;

export class PluginLifecycle {
  readonly #parts: LifecycleParts;
  readonly #registry: CommandRegistry;
  readonly #log: Log;
  readonly #surroundings: Surroundings;
  readonly #list: PluginList;
  readonly #running = new Map<string, RunningPlugin>();
  readonly #stamps = new Map<string, string>();
  /** By token: what a plugin provides that runs. */
  readonly #provided = new Map<symbol, { readonly by: string; readonly value: unknown }>();
  /** Those that don't run, with the reason. */
  #left = new Map<string, PluginStatus>();
  #before: ReadonlyMap<string, readonly string[]> = new Map();
  #work: Promise<void> = Promise.resolve();
  #ended = false;

  constructor(parts: LifecycleParts) {
    const { container, settings } = parts;
    const state = container.resolve(StateFile);
    this.#parts = parts;
    this.#registry = container.resolve(CommandRegistry);
    this.#log = container.resolve(LogFile);
    this.#list = new PluginList(settings.stateDirectory, () => this.statuses(), this.#log, state);
    container.resolve(Statistics).plugins = () => this.statuses();
    this.#surroundings = {
      log: this.#log,
      registry: this.#registry,
      state,
      folders: stateFolders(settings),
      changed: () => this.#list.changed(),
    };
  }

  statuses(): readonly PluginStatus[] {
    const builtIn = this.#parts.builtIn.map(({ name, version }): PluginStatus => {
      const commands = Array.from(this.#registry.all()).flatMap(({ plugin, definition }) => (plugin === name ? [definition.name] : []));
      return { name, version, kind: "built-in", file: undefined, commands, state: "running", reason: undefined };
    });
    return [...builtIn, ...Array.from(this.#running.values(), (plugin) => plugin.status), ...this.#left.values()];
  }

  /** @returns the first of the name among those that run. */
  transport(name: string): Transport | undefined {
    return [...this.#running.values()].flatMap(({ transports }) => transports).find((transport) => transport.name === name);
  }

  /**
   * Makes it so as the configuration and the files say: what has changed is stopped and started, what hasn't goes on. Never rejects.
   * @returns when all of them run or have failed.
   */
  apply(admin: Plugins, settings: Settings = this.#parts.settings): Promise<void> {
    this.#work = this.#work
      .then(() => this.#apply(admin, settings))
      .catch((error: unknown) => {
        this.#log.error(`the plugins could not be brought up to date: ${error instanceof Error ? error.stack : String(error)}`);
      });
    return this.#work;
  }

  /** @throws Error where the options of a plugin that runs are wrong. */
  check(admin: Plugins): void {
    const problems = new Problems();
    for (const { loaded } of this.#running.values()) pluginOptions(loaded.plugin, settingsOf(admin, loaded.source.name), problems);
    problems.refuse();
  }

  /** Stops all, the last started first. @param withinMs for all of them together. */
  async stop(withinMs: number): Promise<void> {
    this.#ended = true;
    await this.#stopAll([...this.#running.keys()], (ms) => Math.min(ms, withinMs));
    this.#list.remove();
  }

  async #apply(admin: Plugins, settings: Settings): Promise<void> {
    if (this.#ended) return;
    const onState = (...[name, ...rest]: [string, ...Parameters<RunningPlugin["told"]>]) => this.#running.get(name)?.told(...rest);
    const { container, bundled } = this.#parts;
    const { sources, refused } = await findPlugins({ settings, admin, bundled, container, onState });
    this.#left = new Map();
    for (const one of refused) this.#leave(one);
    if (sources.some(({ kind }) => kind === "in-process" || kind === "bundled")) {
      const { guardProcess } = await import("./process-guard.ts");
      const { startWatchdog } = await import("./watchdog.ts");
      guardProcess((name) => this.#running.get(name), this.#log);
      startWatchdog(settings.logFile, container.resolve(StateFile));
    }
    await this.#stopAll([...this.#running.keys()].filter((name) => !sources.some((source) => source.name === name)));
    const changed = await this.#load(sources, admin);
    const kept = [...this.#running.values()].filter(({ name }) => !changed.has(name)).map(({ loaded }) => loaded);
    const order = orderPlugins(
      [...kept, ...changed.values()].map(({ plugin }) => plugin),
      (token) => container.isRegistered(token.key, true),
    );
    for (const [name, reason] of order.refused)
      this.#leave(status((changed.get(name) ?? this.#running.get(name)?.loaded)?.source ?? unknown(name), "failed", reason));
    const again = this.#dependents(new Set([...changed.keys(), ...order.refused.keys()]), order.before);
    const loaded = new Map(
      [...again].flatMap((name) =>
        this.#running.has(name) && !changed.has(name) ? [[name, this.#running.get(name)?.loaded as LoadedPlugin] as const] : [],
      ),
    );
    await this.#stopAll([...again].filter((name) => this.#running.has(name)));
    this.#before = order.before;
    await this.#startAll(
      new Map(
        [...order.before.keys()].flatMap((name) => {
          const one = changed.get(name) ?? loaded.get(name);
          return one === undefined ? [] : [[name, one] as const];
        }),
      ),
    );
    const builtIn = this.#parts.builtIn.map(({ name }) => name);
    for (const text of unknownTables(admin, builtIn, [...this.#running.keys(), ...this.#left.keys()])) this.#log.warning(text);
    this.#list.write();
  }

  /** Loads what is new or has changed. What was changed for the worse is told, and what runs goes on as it is. */
  async #load(sources: readonly PluginSource[], admin: Plugins): Promise<Map<string, LoadedPlugin>> {
    const taken = new Map<string, string>();
    for (const { definition, plugin } of this.#registry.all()) {
      if (!sources.some(({ name }) => name === plugin)) taken.set(definition.name, plugin);
    }
    const changed = sources.filter((source) => {
      const running = this.#running.get(source.name);
      const same = running && sameSettings(running.loaded, source, settingsOf(admin, source.name));
      if (!same || this.#stamps.get(source.name) !== sourceStamp(source)) return true;
      for (const command of running.status.commands) taken.set(command, source.name);
      return false;
    });
    // Together, so that one that hangs doesn't cost the time of all.
    const loads = await Promise.allSettled(
      changed.map((source) => this.#inMemory(source) ?? loadPlugin(source, settingsOf(admin, source.name).startMs)),
    );
    const loaded = new Map<string, LoadedPlugin>();
    for (const [index, source] of changed.entries()) {
      // Which files it is made of is known only now.
      this.#stamps.set(source.name, sourceStamp(source));
      try {
        loaded.set(source.name, this.#checked(source, loads[index], settingsOf(admin, source.name), taken));
      } catch (error) {
        this.#refuse(source, error instanceof Error ? error.message : String(error));
      }
    }
    return loaded;
  }

  /** What was loaded of it, if only the admin's settings have changed: Node keeps each module that it ever loaded for ever. */
  #inMemory(source: PluginSource): AnyPlugin | undefined {
    if (source.kind !== "in-process" || this.#stamps.get(source.name) !== sourceStamp(source)) return undefined;
    const { loaded, status } = this.#running.get(source.name) ?? {};
    const isWhole = loaded?.source.kind === source.kind && loaded.source.file === source.file && status?.reason === undefined;
    return isWhole ? loaded.plugin : undefined;
  }

  /** @throws ModuleError with everything that is wrong. */
  #checked(
    source: PluginSource,
    load: PromiseSettledResult<AnyPlugin> | undefined,
    settings: PluginSettings,
    taken: Map<string, string>,
  ): LoadedPlugin {
    if (load?.status !== "fulfilled") throw load?.reason;
    if (this.#parts.builtIn.some(({ name }) => name === source.name)) {
      throw new ModuleError(`a plugin of lodger's own has the name '${source.name}': give it another`);
    }
    const plugin = load.value;
    checkPlugin(plugin, source, taken);
    const problems = new Problems();
    const options = pluginOptions(plugin, settings, problems);
    if (problems.errors.length > 0) throw new ModuleError(problems.errors.map(problemText).join("; "));
    return { source, settings, plugin, options };
  }

  #refuse(source: PluginSource, text: string): void {
    const reason = oneLine(text);
    const running = this.#running.get(source.name);
    if (!running) {
      this.#leave(status(source, "failed", reason));
      return;
    }
    running.caught(`changed, and not taken: ${reason}`);
    this.#log.error(`plugin ${source.name} has changed and can't be loaded, so it goes on as it was: ${reason}`);
  }

  /** Those that have to be started again because one is that they need. */
  #dependents(names: Set<string>, before: ReadonlyMap<string, readonly string[]>): Set<string> {
    const found = new Set(names);
    for (const [name, needed] of before) {
      if (needed.some((one) => found.has(one))) found.add(name);
    }
    return found;
  }

  /** Each as soon as those run that it needs: one that hangs holds up nobody else. */
  async #startAll(plugins: ReadonlyMap<string, LoadedPlugin>): Promise<void> {
    const starts = new Map<string, Promise<void>>();
    for (const [name, loaded] of plugins) {
      const before = (this.#before.get(name) ?? []).map((one) => starts.get(one));
      starts.set(
        name,
        Promise.all(before).then(() => this.#start(loaded)),
      );
    }
    await Promise.all(starts.values());
  }

  async #start(loaded: LoadedPlugin): Promise<void> {
    if (this.#ended) return;
    const { source, plugin } = loaded;
    try {
      const needs = this.#needs(plugin);
      const running = new RunningPlugin(loaded, this.#surroundings);
      for (const [token, value] of await running.start(needs)) this.#provided.set(token, { by: source.name, value });
      this.#running.set(source.name, running);
      this.#log.info(
        `plugin ${source.name} runs${source.file === undefined ? "" : `, from ${source.file}`}: ${running.status.commands.join(", ")}`,
      );
    } catch (error) {
      this.#leave(status(source, "failed", oneLine(error instanceof Error ? error.message : String(error))));
    }
  }

  /** @throws ModuleError naming the plugin that should have provided it. */
  #needs(plugin: AnyPlugin): Record<string, unknown> {
    const child = this.#parts.container.createChildContainer();
    return Object.fromEntries(
      Object.entries<Token<unknown>>(plugin.needs ?? {}).map(([name, token]) => {
        const provided = this.#provided.get(token.key);
        if (provided) return [name, provided.value];
        if (!child.isRegistered(token.key, true))
          throw new ModuleError(`it needs '${token.name}', and the plugin that provides it doesn't run`);
        return [name, child.resolve(token.key)];
      }),
    );
  }

  async #stopAll(names: readonly string[], withinMs: (ms: number) => number = (ms) => ms): Promise<void> {
    const stops = new Map<string, Promise<void>>();
    const order = [...this.#before.keys()];
    for (const name of names.toSorted((a, b) => order.indexOf(b) - order.indexOf(a))) {
      const running = this.#running.get(name);
      if (!running) continue;
      const after = [...this.#before].flatMap(([other, needed]) => (needed.includes(name) ? [stops.get(other)] : []));
      stops.set(
        name,
        Promise.all(after).then(() => running.stop(withinMs(running.loaded.settings.stopMs))),
      );
      this.#running.delete(name);
    }
    await Promise.all(stops.values());
    for (const [token, { by }] of this.#provided) {
      if (stops.has(by)) this.#provided.delete(token);
    }
  }

  #leave(one: PluginStatus): void {
    this.#left.set(one.name, one);
    if (one.state === "off") this.#log.info(`plugin ${one.name} is off: ${one.reason}`);
    else this.#log.error(`plugin ${one.name} is left out: ${one.reason}`);
  }
}

function unknown(name: string): PluginSource {
  return { name, kind: "in-process", file: undefined, load: () => Promise.reject(new ModuleError("it is gone")) };
}
