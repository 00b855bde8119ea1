/** Keeps the process of an isolated plugin running: starts it again when it ends, each time a little later. */
import { lchown } from "node:fs";
import { promisify } from "node:util";
import { failed } from "../../errors.ts";
import type { Level, Log } from "../../log.ts";
import type { Account } from "../../os/accounts.ts";
import { osError } from "../../os/errno.ts";
import { LinuxAccounts } from "../../os/linux/accounts.ts";
import { ownProcess } from "../../os/own-process.ts";
import type { PluginHost } from "../../plugin.ts";
import type { Settings } from "../../settings.ts";
import type { AgentState } from "../../state.ts";
import type { PluginSettings, PluginState } from "../source.ts";
import { type Declaration, readDeclaration } from "./declaration.ts";
import type { Request } from "./messages.ts";
import { type AskOptions, PluginProcess } from "./plugin-process.ts";

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** Who runs for so long is well: the next start comes soon again. */
const WELL_MS = 60_000;
/** How long the end of a killed process is waited for: in a call to a dead device it can be held for ever. */
const END_MS = 1000;

export interface IsolationOrders {
  readonly name: string;
  /** The module that has the plugin. */
  readonly file: string;
  readonly settings: Pick<PluginSettings, "memoryLimit" | "startMs" | "stopMs" | "user">;
  /** The agent's own, for a plugin that needs them. */
  readonly agent: Settings;
  readonly log: Log;
  readonly state: Pick<AgentState, "frozen" | "freezing">;
  /** Told when the plugin goes down while it runs, and when it runs again. */
  readonly onState?: (state: PluginState, reason: string | undefined) => void;
  /** What starts the process. Default: this program. */
  readonly command?: readonly [program: string, ...args: string[]];
}

interface Opened {
  readonly process: PluginProcess;
  readonly declaration: Declaration;
}

export class Supervisor {
  readonly #orders: IsolationOrders;
  #opened: Promise<Opened> | undefined;
  /** The process of `#opened`, from its start on. */
  #begun: PluginProcess | undefined;
  /** What it said of itself first: what it says after a start has to be the same. */
  #declared: string | undefined;
  /** Once it has been started, and until it is stopped. */
  #host: PluginHost | undefined;
  #running: PluginProcess | undefined;
  #down = "it has not been started";
  #pauseMs = FIRST_PAUSE_MS;
  #nextStart: NodeJS.Timeout | undefined;
  #unused: NodeJS.Timeout | undefined;

  constructor(orders: IsolationOrders) {
    this.#orders = orders;
  }

  /** Starts the process, if there is none, and has it load the plugin. @throws Error why it can't be used. */
  async declare(): Promise<Declaration> {
    return (await this.#open()).declaration;
  }

  /** @throws Error why it didn't start; nothing is left of it then. */
  async start(host: PluginHost): Promise<void> {
    this.#host = host;
    try {
      await this.#run();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends the process, at the latest when the plugin's time for it is over. */
  async stop(): Promise<void> {
    clearTimeout(this.#nextStart);
    clearTimeout(this.#unused);
    const { settings } = this.#orders;
    const started = this.#running;
    const opened = this.#opened;
    this.#host = undefined;
    this.#running = undefined;
    this.#opened = undefined;
    this.#down = "it was stopped";
    const process = (await opened?.catch(() => undefined))?.process;
    if (!process) return;
    const problem = started && (await process.ask({ type: "stop" }, "its stop", { withinMs: settings.stopMs }).catch(textOf));
    process.kill("it was stopped");
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, END_MS);
    await Promise.race([process.ended, late]);
    clearTimeout(timer);
    if (typeof problem === "string") throw new Error(problem);
  }

  /** As it is asked of the process that runs. @throws CommandError while there is none. */
  ask(request: Request, what: string, options?: AskOptions): Promise<unknown> {
    const process = this.#running;
    if (process && process.over === undefined) return process.ask(request, what, options);
    throw failed(`${what} can't run: the plugin ${this.#orders.name} is down: ${process?.over ?? this.#down}`);
  }

  /** Whether this system can do it; a plugin that doesn't run is started to be asked. */
  async supported(command: string): Promise<true | string> {
    const { process } = await this.#open();
    const answer = await process.ask({ type: "supported", command }, `${command}'s 'supported'`, {
      withinMs: this.#orders.settings.startMs,
    });
    if (answer === true || typeof answer === "string") return answer === true ? true : answer.slice(0, 1000);
    return "the plugin says neither yes nor why not";
  }

  #open(): Promise<Opened> {
    if (this.#opened && this.#begun?.over === undefined) return this.#opened;
    this.#begun = undefined;
    const opened = this.#begin();
    this.#opened = opened;
    opened.catch(() => this.#forget(opened));
    return opened;
  }

  #forget(opened: Promise<Opened>): void {
    if (this.#opened === opened) this.#opened = undefined;
  }

  async #begin(): Promise<Opened> {
    const { noIsolation } = ownProcess();
    if (noIsolation !== undefined) throw new Error(noIsolation);
    const { name, file, settings, agent, command } = this.#orders;
    const account = await this.#account();
    const events = {
      log: (level: Level, text: string) => this.#log(level, text),
      folder: () => this.#folder(account),
    };
    const process = await PluginProcess.start(settings.memoryLimit, events, command);
    this.#begun = process;
    try {
      const order = { name, file, settings: agent, memoryLimit: settings.memoryLimit, account };
      const declaration = readDeclaration(await process.ask({ type: "open", order }, "its load", { withinMs: settings.startMs }));
      if (declaration.name !== name) throw new Error(`it is called '${declaration.name}', and its file '${name}': rename one of them`);
      const text = JSON.stringify(declaration);
      this.#declared ??= text;
      if (text !== this.#declared)
        throw new Error("it declares something else than when it was loaded: load it anew (SIGHUP, or start the agent again)");
      const opened = { process, declaration };
      // Who only asks what it has leaves nothing behind.
      this.#unused = setTimeout(() => this.#running !== process && process.kill("nobody has started it"), settings.startMs).unref();
      void process.ended.then((how) => this.#ended(process, how));
      return opened;
    } catch (error) {
      process.kill("it couldn't be loaded");
      throw error;
    }
  }

  async #run(): Promise<void> {
    const { settings } = this.#orders;
    const { process } = await this.#open();
    clearTimeout(this.#unused);
    const host = this.#host;
    if (!host) throw new Error("it was stopped");
    await process.ask({ type: "start", options: host.options }, "its start", { withinMs: settings.startMs });
    this.#running = process;
    setTimeout(() => {
      if (this.#running === process) this.#pauseMs = FIRST_PAUSE_MS;
    }, WELL_MS).unref();
  }

  #ended(process: PluginProcess, how: string): void {
    if (this.#running === process) this.#isDown(how);
  }

  #isDown(why: string): void {
    const { log, name, onState } = this.#orders;
    this.#running = undefined;
    this.#opened = undefined;
    const pause = this.#pauseMs;
    this.#pauseMs = Math.min(pause * 2, LONGEST_PAUSE_MS);
    this.#down = `${why}; it is started again`;
    log.error(`plugin ${name}: ${why}; it is started again in ${pause / 1000} s`);
    onState?.("failed", why);
    this.#startIn(pause);
  }

  #startIn(ms: number): void {
    this.#nextStart = setTimeout(() => void this.#again(), ms).unref();
  }

  async #again(): Promise<void> {
    const { log, name, state, onState } = this.#orders;
    if (!this.#host) return;
    // What starts could write to what is frozen, and would hang there.
    if (state.frozen || state.freezing) {
      this.#startIn(FIRST_PAUSE_MS);
      return;
    }
    try {
      await this.#run();
      log.message(`plugin ${name}: it runs again`);
      onState?.("running", undefined);
    } catch (error) {
      this.#begun?.kill("it couldn't be started");
      if (this.#host) this.#isDown(`it could not be started again: ${textOf(error)}`);
    }
  }

  async #account(): Promise<Account | undefined> {
    const { user } = this.#orders.settings;
    if (user === undefined) return undefined;
    const account = await new LinuxAccounts().find(user);
    if (!account) throw new Error(`there is no user '${user}' that it could run as: make the user, or change 'user'`);
    return account;
  }

  async #folder(account: Account | undefined): Promise<string> {
    if (!this.#host) throw failed(`the plugin ${this.#orders.name} has not been started`);
    const path = await this.#host.stateFolder();
    if (account) {
      await promisify(lchown)(path, account.uid, account.gid).catch((error: unknown) => {
        throw osError(error, "lchown");
      });
    }
    return path;
  }

  #log(level: Level, text: string): void {
    this.#orders.log[level](`plugin ${this.#orders.name}: ${text}`);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
