/** One plugin that is not the agent's own, from its start to its stop. */
import type { CommandRegistry } from "../dispatch/registry.ts";
import type { Log } from "../log.ts";
import type { AnyCommand, AnyPlugin, PluginHost, Transport } from "../plugin.ts";
import type { AgentState } from "../state.ts";
import type { Token } from "../token.ts";
import { bounded } from "./bounded.ts";
import { during } from "./culprit.ts";
import { within } from "./deadline.ts";
import { FloodLog } from "./flood-log.ts";
import { guarded, shownError } from "./guard.ts";
import { pluginHost } from "./host.ts";
import { ModuleError, oneLine, thrownText } from "./module-errors.ts";
import type { PluginSettings, PluginSource, PluginState, PluginStatus } from "./source.ts";

/** What of the agent a plugin is started with. */
export interface Surroundings {
  readonly log: Log;
  readonly registry: CommandRegistry;
  readonly state: Pick<AgentState, "frozen">;
  /** The folder in which each plugin has its own. */
  readonly folders: string;
  /** What it says of the plugin has changed. */
  readonly changed: () => void;
}

/** A plugin that was loaded and found good. */
export interface LoadedPlugin {
  readonly source: PluginSource;
  readonly settings: PluginSettings;
  readonly plugin: AnyPlugin;
  readonly options: unknown;
}

type Values = Readonly<Record<string, unknown>>;

export class RunningPlugin {
  readonly loaded: LoadedPlugin;
  readonly log: Log;
  /** What it brings of them. */
  transports: readonly Transport[] = [];
  readonly #surroundings: Surroundings;
  readonly #controller = new AbortController();
  #state: PluginState = "stopped";
  #reason: string | undefined;
  #caught = 0;
  #commands: readonly AnyCommand[] = [];
  #given: { readonly needs: Values; readonly host: PluginHost<never> } | undefined;

  constructor(loaded: LoadedPlugin, surroundings: Surroundings) {
    this.loaded = loaded;
    this.#surroundings = surroundings;
    this.log = new FloodLog(surroundings.log, this.name);
  }

  get name(): string {
    return this.loaded.plugin.name;
  }

  get status(): PluginStatus {
    const { source, plugin } = this.loaded;
    return {
      name: this.name,
      version: plugin.version,
      kind: source.kind,
      file: source.file,
      commands: this.#commands.map(({ name }) => name),
      state: this.#state,
      reason: this.#caught > 1 ? `caught ${this.#caught} times, the last: ${this.#reason}` : this.#reason,
    };
  }

  /** Of one with a process of its own: it has lost it, or has it again. */
  told(state: PluginState, reason: string | undefined): void {
    if (this.#state === "stopped") return;
    this.#state = state;
    this.#reason = reason;
    this.#surroundings.changed();
  }

  /** The admin is told of it in the plugin's state, which stays. */
  caught(what: string): void {
    this.#caught++;
    this.#reason = what;
    this.#surroundings.changed();
  }

  /** @returns what it provides, by token. @throws Error why it doesn't run; nothing of it is then left. */
  async start(needs: Values): Promise<ReadonlyMap<symbol, unknown>> {
    const { log, loaded } = this;
    const { state, folders, registry } = this.#surroundings;
    const { plugin, settings, options } = loaded;
    const host = pluginHost({ name: this.name, options, log, signal: this.#controller.signal, folders, state });
    this.#given = { needs, host };
    const seconds = settings.startMs / 1000;
    try {
      const declared = this.#call("its declaration of commands", () => plugin.commands?.(needs, host) ?? []);
      const commands = declared.map((command) => guarded(command, this.#guarded()));
      const started = await within(
        settings.startMs,
        `its start took longer than ${seconds} s: 'start-timeout' of [plugins.${this.name}] may be more`,
        this.#call("its start", () => plugin.start?.(needs, host)),
      );
      const values = provided(plugin, started);
      this.transports = this.#call("its transports", () => plugin.transports?.(needs) ?? []);
      await within(settings.startMs, "'supported' of one of its commands doesn't end", registry.add(this.name, commands));
      const unsupported = registry.unsupported();
      this.#commands = commands.filter(({ name }) => !unsupported.has(name));
      for (const { name } of commands) {
        if (unsupported.has(name)) log.info(`${name} is left out: ${unsupported.get(name)}`);
      }
      this.#state = "running";
      return values;
    } catch (error) {
      this.#controller.abort();
      registry.remove(this.name);
      // Its process is there since it was loaded.
      if (loaded.source.kind === "isolated") await plugin.stop?.(needs, host);
      if (!(error instanceof ModuleError)) this.log.error(`it can't start: ${shownError(error, thrownText(error))}`);
      throw new ModuleError(error instanceof ModuleError ? error.message : `it can't start: ${oneLine(thrownText(error))}`, {
        cause: error,
      });
    }
  }

  /** Takes its commands away and stops it. Never rejects: what doesn't stop in time is told, and left. */
  async stop(withinMs: number): Promise<void> {
    if (this.#state === "stopped") return;
    this.#state = "stopped";
    this.#surroundings.registry.remove(this.name);
    this.#controller.abort();
    const { plugin } = this.loaded;
    const given = this.#given;
    if (!plugin.stop || !given) return;
    try {
      const late = `its stop took longer than ${withinMs / 1000} s`;
      await within(
        withinMs,
        late,
        this.#call("its stop", () => plugin.stop?.(given.needs, given.host)),
      );
    } catch (error) {
      this.log.error(error instanceof ModuleError ? error.message : `its stop failed: ${shownError(error, oneLine(thrownText(error)))}`);
    }
  }

  #guarded() {
    const inProcess = this.#runsHere;
    return { name: this.name, log: this.log, inProcess, caught: (what: string) => this.caught(what) };
  }

  get #runsHere(): boolean {
    return this.loaded.source.kind === "in-process" || this.loaded.source.kind === "bundled";
  }

  #call<T>(what: string, work: () => T): T {
    return this.#runsHere ? during({ plugin: this.name, what }, () => bounded(work)) : work();
  }
}

/** @throws ModuleError naming what `start` has left out. */
function provided(plugin: AnyPlugin, started: unknown): ReadonlyMap<symbol, unknown> {
  const tokens = Object.entries<Token<unknown>>(plugin.provides ?? {});
  const values = (typeof started === "object" && started !== null ? started : {}) as Values;
  return new Map(
    tokens.map(([name, token]) => {
      if (values[name] === undefined) throw new ModuleError(`its 'start' didn't return '${name}', which it provides`);
      return [token.key, values[name]];
    }),
  );
}
