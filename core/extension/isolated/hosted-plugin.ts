/** A plugin in its own process: what it is given there stands for what the agent would give it. */
import type { DependencyContainer } from "tsyringe";
import { AgentVersion } from "../../commands.ts";
import { provide, systemContainer } from "../../container.ts";
import { declaredCommands } from "../../declared-commands.ts";
import { failed } from "../../errors.ts";
import type { Level, Log } from "../../log.ts";
import type { AnyCommand, AnyPlugin, CommandContext, PluginHost } from "../../plugin.ts";
import { Settings } from "../../settings.ts";
import type { Token } from "../../token.ts";
import { AGENT_VERSION } from "../../version.ts";
import { importPlugin } from "../modules.ts";
import { type FromChild, isRecord, type OpenOrder, type ToChild } from "./messages.ts";

/** Lines within a second; the rest is counted. */
const LOG_LINES = 100;
const LONGEST_LINE = 2000;

type Send = (message: FromChild) => void;
type Call = Extract<ToChild, { type: "call" }>;
type Folder = Extract<ToChild, { type: "folder" }>;

interface Running {
  readonly controller: AbortController;
  readonly after: (() => void)[];
}

export class HostedPlugin {
  readonly definition: AnyPlugin;
  readonly #container: DependencyContainer;
  readonly #send: Send;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  readonly #running = new Map<number, Running>();
  readonly #folders = new Map<number, (answer: Folder) => void>();
  #provided: Record<string, unknown> = {};
  #host: PluginHost | undefined;
  #commands: ReadonlyMap<string, AnyCommand>;
  #lastFolder = 0;

  /** @throws Error why it can't be used here. */
  static async load({ name, file, settings }: OpenOrder, send: Send): Promise<HostedPlugin> {
    const definition = await importPlugin(name, file);
    if (!isRecord(definition) || typeof definition.name !== "string") {
      throw new Error(`${file}: its default export is no plugin: write 'export default definePlugin({ … })'`);
    }
    const container = systemContainer();
    container.register(Settings.key, { useValue: settings });
    container.register(AgentVersion.key, { useValue: AGENT_VERSION });
    return new HostedPlugin(definition as unknown as AnyPlugin, container, send);
  }

  private constructor(definition: AnyPlugin, container: DependencyContainer, send: Send) {
    this.definition = definition;
    this.#container = container;
    this.#send = send;
    this.#log = limitedLog(send);
    for (const token of Object.values((definition.needs ?? {}) as Record<string, Token<unknown>>)) {
      if (container.isRegistered(token.key, true)) continue;
      throw new Error(`it needs '${token.name}', which is only in the agent's own process: set isolate = false, or do without`);
    }
    this.#commands = byName(declaredCommands(definition));
  }

  async start(options: unknown): Promise<void> {
    this.#provided = provide(this.definition, this.#container);
    const host: PluginHost = { options, log: this.#log, signal: this.#stopping.signal, stateFolder: () => this.#stateFolder() };
    this.#host = host;
    this.#commands = byName(this.definition.commands?.(this.#provided, host as PluginHost<never>) ?? []);
    await this.definition.start?.(this.#provided, host as PluginHost<never>);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    if (this.#host) await this.definition.stop?.(this.#provided, this.#host as PluginHost<never>);
  }

  async supported(command: string): Promise<true | string> {
    return (await this.#command(command).supported?.()) ?? true;
  }

  async call({ id, command, arguments: args, confinements }: Call): Promise<unknown> {
    const running: Running = { controller: new AbortController(), after: [] };
    this.#running.set(id, running);
    const context: CommandContext = {
      signal: running.controller.signal,
      log: this.#log,
      scratch: (bytes) => Buffer.allocUnsafeSlow(bytes),
      confinement: (argument) => (Object.hasOwn(confinements, argument) ? confinements[argument] : undefined),
      afterAnswer: (done) => void running.after.push(done),
    };
    return await this.#command(command).run(args as never, context);
  }

  abort(id: number): void {
    this.#running.get(id)?.controller.abort();
  }

  answered(id: number): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    for (const done of running?.after ?? []) done();
  }

  gotFolder(answer: Folder): void {
    this.#folders.get(answer.id)?.(answer);
    this.#folders.delete(answer.id);
  }

  #stateFolder(): Promise<string> {
    const id = ++this.#lastFolder;
    return new Promise((resolve, reject) => {
      this.#folders.set(id, ({ path, error }) => (path === undefined ? reject(failed(error ?? "there is no folder")) : resolve(path)));
      this.#send({ type: "folder", id });
    });
  }

  #command(name: string): AnyCommand {
    const command = this.#commands.get(name);
    if (!command) throw new Error(`the plugin doesn't bring ${name} any more`);
    return command;
  }
}

function byName(commands: readonly AnyCommand[]): ReadonlyMap<string, AnyCommand> {
  return new Map(commands.map((command) => [command.name, command]));
}

function limitedLog(send: Send): Log {
  let lines = 0;
  let left = 0;
  const period = () => {
    if (left > 0) send({ type: "log", level: "warning", text: `${left} more lines within a second are left out` });
    lines = 0;
    left = 0;
  };
  const add = (level: Level, text: unknown) => {
    if (lines === 0) setTimeout(period, 1000).unref();
    lines += 1;
    if (lines > LOG_LINES) left += 1;
    else send({ type: "log", level, text: String(text).slice(0, LONGEST_LINE) });
  };
  return {
    error: (text) => add("error", text),
    critical: (text) => add("critical", text),
    warning: (text) => add("warning", text),
    message: (text) => add("message", text),
    info: (text) => add("info", text),
    debug: (text) => add("debug", typeof text === "function" ? text() : text),
  };
}
