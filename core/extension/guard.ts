/** What stands between the agent and a command of a plugin that isn't its own: faults are told, and stay with the plugin. */
import { BadResult, resultReader } from "../dispatch/results.ts";
import { CommandError, failed } from "../errors.ts";
import type { Log } from "../log.ts";
import type { AnyCommand, CommandContext } from "../plugin.ts";
import { bounded } from "./bounded.ts";
import { during } from "./culprit.ts";
import { ModuleError, oneLine, thrownText } from "./module-errors.ts";
import { atWorkNow } from "./watchdog.ts";

/** Whose command it is. */
export interface Guarded {
  readonly name: string;
  /** With the plugin's name in each line. */
  readonly log: Log;
  /** Whether its code runs in this process. */
  readonly inProcess: boolean;
  /** It was caught at something that the admin should know. */
  caught(what: string): void;
}

const LONGEST_ERROR = 4096;

/**
 * The command as the agent runs it: what it throws is an error that names the plugin, what it returns is what it has declared.
 * @throws Error if its schema can't be used.
 */
export function guarded(definition: AnyCommand, plugin: Guarded): AnyCommand {
  const { name } = definition;
  const read = resultReader(definition.returns);
  const activity = { plugin: plugin.name, what: name };
  const call = <T>(work: () => T): T => (plugin.inProcess ? during(activity, () => bounded(work)) : work());
  const fail = (error: unknown): never => {
    const told = commandError(error);
    if (told) throw told;
    const reason = oneLine(error instanceof BadResult ? `it returned ${error.message}` : thrownText(error));
    plugin.caught(`${name}: ${reason}`);
    plugin.log.error(`${name} failed: ${shownError(error, reason)}`);
    throw failed(`Command ${name} of the plugin '${plugin.name}' failed: ${reason}`);
  };
  return {
    ...definition,
    ...(definition.supported && { supported: () => supported(call, definition) }),
    run: (args: unknown, context: CommandContext) => {
      const done = plugin.inProcess ? atWorkNow(activity) : () => undefined;
      try {
        const result: unknown = call(() => definition.run(args, new PluginContext(context, plugin.log)));
        // A promise of ours: what the plugin's own `then` does is no concern of the dispatcher's.
        if (isThenable(result)) return new Promise<unknown>((resolve) => resolve(result)).then(read).catch(fail).finally(done);
        done();
        return read(result);
      } catch (error) {
        done();
        return fail(error);
      }
    },
  };
}

/** What it says also where it throws: a command whose support can't be told is left out. */
async function supported(call: <T>(work: () => T) => T, { supported: ask }: AnyCommand): Promise<true | string> {
  try {
    const answer: unknown = await call(() => ask?.());
    return answer === true || typeof answer === "string" ? answer : "its 'supported' returned neither true nor a reason";
  } catch (error) {
    return `its 'supported' failed: ${oneLine(thrownText(error))}`;
  }
}

/** @returns the error that the client shall read, if it is one; made anew, for the plugin may have put anything into it. */
function commandError(error: unknown): CommandError | undefined {
  try {
    if (!(error instanceof Error) || error.name !== "CommandError") return undefined;
    const { message } = error;
    if (typeof message !== "string") return undefined;
    const isSound = error instanceof CommandError && message.length <= LONGEST_ERROR && Object.hasOwn(error, "message");
    return isSound && isOurs(error) ? error : failed(message.slice(0, LONGEST_ERROR));
  } catch {
    return undefined;
  }
}

function isOurs(error: CommandError): boolean {
  return Object.getPrototypeOf(error) === CommandError.prototype && (error.class === "GenericError" || error.class === "CommandNotFound");
}

/** With its stack in one line, so that nobody can write lines of a log that look like another's. */
export function shownError(error: unknown, reason: string): string {
  if (error instanceof BadResult || error instanceof ModuleError) return reason;
  const lines =
    stackOf(error)
      ?.replaceAll(/\?lodger=\d+/g, "")
      .split(/\n\s*/) ?? [];
  // From the guard on it is the agent's own way to the plugin.
  const own = lines.findIndex((line) => line.includes("evalmachine.<anonymous>"));
  return lines.length === 0 ? reason : lines.slice(0, own < 0 ? lines.length : own - 1).join(" | ");
}

/** @returns undefined where there is none that can be read. */
export function stackOf(error: unknown): string | undefined {
  try {
    return error instanceof Error && typeof error.stack === "string" ? error.stack : undefined;
  } catch {
    return undefined;
  }
}

function isThenable(value: unknown): boolean {
  return (
    (typeof value === "object" || typeof value === "function") && value !== null && typeof (value as { then?: unknown }).then === "function"
  );
}

/** As the agent's own commands have it, but for the log. */
class PluginContext implements CommandContext {
  readonly #context: CommandContext;
  readonly log: Log;

  constructor(context: CommandContext, log: Log) {
    this.#context = context;
    this.log = log;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  scratch(bytes: number): Uint8Array {
    return this.#context.scratch(bytes);
  }

  confinement(argument: string): ReturnType<CommandContext["confinement"]> {
    return this.#context.confinement(argument);
  }

  afterAnswer(done: () => void): void {
    this.#context.afterAnswer(() => {
      try {
        done();
      } catch (error) {
        this.log.error(`what it does after an answer failed: ${oneLine(thrownText(error))}`);
      }
    });
  }
}
