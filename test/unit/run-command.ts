/** Runs a plugin's commands on fakes, as the dispatcher would after validation. */
import { builtInHost } from "../../core/extension/host.ts";
import {
  type AnyPlugin,
  type CommandContext,
  type Log,
  OsError,
  type Processes,
  type ProcessOptions,
  type ProcessResult,
} from "../../core/plugin.ts";

/** A log that keeps its lines, as "LEVEL: text". */
export class RecordedLog implements Log {
  readonly lines: string[] = [];

  error(text: string): void {
    this.lines.push(`error: ${text}`);
  }
  critical(text: string): void {
    this.lines.push(`critical: ${text}`);
  }
  warning(text: string): void {
    this.lines.push(`warning: ${text}`);
  }
  message(text: string): void {
    this.lines.push(`message: ${text}`);
  }
  info(text: string): void {
    this.lines.push(`info: ${text}`);
  }
  debug(text: string): void {
    this.lines.push(`debug: ${text}`);
  }
}

/** @returns what calls a command of the plugin by name; the plugin is made once, so that its commands share what they keep. */
export function commandsOf(plugin: AnyPlugin, provided: Readonly<Record<string, unknown>>) {
  const commands = plugin.commands?.(provided, builtInHost(plugin, new RecordedLog())) ?? [];
  return async (name: string, args: object = {}, context: Partial<CommandContext> = {}): Promise<unknown> => {
    const found = commands.find((one) => one.name === name);
    if (found === undefined) throw new Error(`the plugin ${plugin.name} has no command ${name}`);
    return found.run(args, {
      signal: new AbortController().signal,
      log: new RecordedLog(),
      scratch: (bytes) => new Uint8Array(bytes),
      confinement: () => undefined,
      afterAnswer: () => undefined,
      ...context,
    });
  };
}

/** What a fake program does: its exit status, or its whole result, or the failure to start it. */
export type Outcome = number | ProcessResult | OsError;

/** Starts nothing. Programs are told by their whole command line; one that isn't in the table doesn't exist. */
export class FakeProcesses implements Processes {
  /** Command lines in the order of their start. */
  readonly started: string[] = [];
  readonly options: ProcessOptions[] = [];
  readonly #outcomes: Readonly<Record<string, Outcome>>;
  readonly #executables: readonly string[];

  constructor(outcomes: Readonly<Record<string, Outcome>> = {}, executables: readonly string[] = []) {
    this.#outcomes = outcomes;
    this.#executables = executables;
  }

  async run(program: string, args: readonly string[], options: ProcessOptions = {}): Promise<ProcessResult> {
    const line = [program, ...args].join(" ");
    this.started.push(line);
    this.options.push(options);
    const outcome = this.#outcomes[line] ?? noSuchFile("exec");
    if (outcome instanceof OsError) throw outcome;
    return typeof outcome === "number" ? { status: outcome, signal: undefined, output: "" } : outcome;
  }

  async isExecutable(path: string): Promise<boolean> {
    return this.#executables.includes(path);
  }
}

export function noSuchFile(call: string): OsError {
  return new OsError("ENOENT", 2, "No such file or directory", call);
}
