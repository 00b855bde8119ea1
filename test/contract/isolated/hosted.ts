/** An isolated plugin as the agent holds it, made of a text, with the bundle's own process behind it. */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { bundle } from "../../../build/bundle.ts";
import { cache } from "../../../build/paths.ts";
import { isolatedPlugin } from "../../../core/extension/isolated/source.ts";
import { DEFAULT_PLUGIN_SETTINGS, type PluginSettings } from "../../../core/extension/source.ts";
import type { AnyPlugin, CommandContext, Confinement, PluginHost, Settings } from "../../../core/plugin.ts";
import { onRuntime } from "../../runtimes/runtime.ts";
import { RecordedLog } from "../../unit/run-command.ts";

const PATIENCE_MS = 30_000;

export interface World {
  /** Argument vector of a plugin's process. */
  readonly command: readonly [string, ...string[]];
  readonly folder: string;
  close(): void;
}

export async function makeWorld(): Promise<World> {
  // Inside of the project, because koffi comes from its node_modules.
  mkdirSync(cache, { recursive: true });
  const made = mkdtempSync(join(cache, "isolated-"));
  const file = join(made, "lodger.cjs");
  await bundle({ outfile: file });
  const folder = mkdtempSync(join(tmpdir(), "lodger-isolated-"));
  chmodSync(folder, 0o755); // for a plugin that runs as another user
  return {
    command: [...onRuntime(file), "plugin-host"],
    folder,
    close() {
      for (const each of [made, folder]) rmSync(each, { recursive: true, force: true });
    },
  };
}

/** @param commands text of a list of commands. @param more members of the definition. */
export function pluginText(commands: string, more = "", before = ""): string {
  return `import { command, CommandError, definePlugin, failed, Type, Files, Hostname, Settings, Commands, Token } from "lodger/plugin";
const { default: process } = await import("node:process");
${before}
const simple = (name, run, more = {}) => command({ name, since: "1", summary: "One.", returns: Type.String(), run, ...more });
export default definePlugin({ name: "guinea", version: "1.2", ${more} commands: (needs, host) => [${commands}] });
`.replace(/\bHostname, /, "");
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly confinement?: Confinement;
}

export class Hosted {
  readonly log = new RecordedLog();
  readonly states: string[] = [];
  readonly state = { frozen: false, freezing: false };
  readonly #world: World;
  readonly #file: string;
  readonly #settings: PluginSettings;
  plugin: AnyPlugin | undefined;
  /** Instead of the bundle's. */
  command: readonly [string, ...string[]] | undefined;

  constructor(world: World, text: string, settings: Partial<PluginSettings> = {}) {
    this.#world = world;
    const folder = mkdtempSync(join(world.folder, "plugin-"));
    chmodSync(folder, 0o755);
    this.#file = join(folder, "guinea.mjs");
    writeFileSync(this.#file, text);
    this.#settings = { ...DEFAULT_PLUGIN_SETTINGS, isolate: true, ...settings };
  }

  /** The plugin's text from the next start on. */
  rewrite(text: string): void {
    writeFileSync(this.#file, text);
  }

  async load(): Promise<AnyPlugin> {
    this.plugin = await isolatedPlugin({
      name: "guinea",
      file: this.#file,
      settings: this.#settings,
      agent: { stateDirectory: "/nowhere" } as Settings,
      log: this.log,
      state: this.state,
      onState: (state, reason) => this.states.push(`${state}: ${reason ?? ""}`),
      command: this.command ?? this.#world.command,
    }).load();
    return this.plugin;
  }

  async start(options: unknown = {}): Promise<void> {
    const plugin = this.plugin ?? (await this.load());
    const host: PluginHost = {
      options,
      log: this.log,
      signal: new AbortController().signal,
      stateFolder: async () => {
        const folder = join(this.#world.folder, "state");
        mkdirSync(folder, { recursive: true, mode: 0o700 });
        return folder;
      },
    };
    await plugin.start?.({}, host as PluginHost<never>);
  }

  async stop(): Promise<void> {
    await this.plugin?.stop?.({}, {} as PluginHost<never>);
  }

  async call(name: string, args: object = {}, { signal, confinement }: CallOptions = {}): Promise<unknown> {
    const command = this.plugin?.commands?.({}, {} as PluginHost<never>).find((one) => one.name === name);
    if (!command) throw new Error(`there is no ${name}`);
    const context: CommandContext = {
      signal: signal ?? new AbortController().signal,
      log: this.log,
      scratch: (bytes) => new Uint8Array(bytes),
      confinement: () => confinement,
      afterAnswer: () => undefined,
    };
    return command.run(args, context);
  }

  /** Calls until it succeeds. */
  async callAgain(name: string): Promise<unknown> {
    return eventually(async () => ({ value: await this.call(name) })).then(({ value }) => value);
  }

  logged(pattern: RegExp): Promise<string> {
    return eventually(async () => {
      const line = this.log.lines.find((one) => pattern.test(one));
      if (line === undefined) throw new Error(`the log has no ${pattern}:\n${this.log.lines.join("\n")}`);
      return line;
    });
  }
}

/** Tries until it doesn't throw. */
export async function eventually<T>(work: () => Promise<T>, withinMs = PATIENCE_MS): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await pause(50);
    }
  }
}

/** Processes whose command line has this text, without those that have ended. */
export function processesWith(text: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter(
      (pid) => pid !== process.pid && read(`/proc/${pid}/cmdline`).includes(text) && !/^State:\s+Z/m.test(read(`/proc/${pid}/status`)),
    );
}

function read(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Children of this process that have ended and that nobody has waited for. */
export function zombies(): number {
  return readdirSync("/proc").filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    const status = read(`/proc/${name}/status`);
    return /^State:\s+Z/m.test(status) && status.includes(`\nPPid:\t${process.pid}\n`);
  }).length;
}

export function descriptors(): number {
  return readdirSync("/proc/self/fd").length;
}
