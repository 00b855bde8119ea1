/** One request to its answer: envelope, command, gate, arguments, run. */
import { inject, singleton } from "tsyringe";
import { CommandError } from "../errors.ts";
import { Log } from "../log.ts";
import type { CommandContext } from "../plugin.ts";
import { type AnswerPart, AnswerText } from "../protocol/encode.ts";
import type { Message } from "../protocol/framing.ts";
import type { JsonValue } from "../protocol/values.ts";
import { Gate } from "./gate.ts";
import { CommandRegistry, type RegisteredCommand } from "./registry.ts";
import { type Identified, idOf, readRequest } from "./request.ts";

/** What is sent back: text, with bytes to be encoded in between; undefined where success is silent. */
export type Answer = string | AnswerPart[] | undefined;

const SENTINEL = "\xff";

@singleton()
export class Dispatcher {
  private readonly registry: CommandRegistry;
  private readonly gate: Gate;
  private readonly log: Log;

  constructor(@inject(CommandRegistry) registry: CommandRegistry, @inject(Gate) gate: Gate, @inject(Log.key) log: Log) {
    this.registry = registry;
    this.gate = gate;
    this.log = log;
  }

  /** @returns the answer, at once where the command answers at once. Never throws or rejects. */
  dispatch(message: Message, context: CommandContext): Answer | Promise<Answer> {
    if (message.error) return errorAnswer(message.error, {});
    const value = message.value as JsonValue;
    const identified = idOf(value);
    let name = "";
    try {
      const request = readRequest(value);
      name = request.execute;
      const { definition, arguments: reader } = this.command(name);
      const result: unknown = definition.run(reader.read(request.arguments, message.lent.length > 0), context);
      if (!isPromise(result)) return answer(definition, result, identified);
      return result.then(
        (settled) => answer(definition, settled, identified),
        (error: unknown) => this.failure(name, error, identified),
      );
    } catch (error) {
      return this.failure(name, error, identified);
    }
  }

  /** Whether the message is a sync that will succeed, by which a client gives up what it sent before. */
  synchronizes(message: Message): boolean {
    if (message.error) return false;
    try {
      const request = readRequest(message.value as JsonValue);
      const { definition, arguments: reader } = this.command(request.execute);
      if (!definition.synchronizes) return false;
      reader.read({ ...request.arguments }, message.lent.length > 0);
      return true;
    } catch {
      return false;
    }
  }

  private command(name: string): RegisteredCommand {
    const command = this.registry.find(name);
    if (!command) {
      const reason = this.registry.unsupported().get(name);
      if (reason !== undefined) this.log.warning(`${name} was asked for, which is left out: ${reason}`);
      throw new CommandError("COMMAND_NOT_FOUND", { name });
    }
    if (!this.gate.isEnabled(command.definition)) throw new CommandError("COMMAND_DISABLED", { name });
    return command;
  }

  private failure(name: string, error: unknown, identified: Identified): Answer {
    if (error instanceof CommandError) return errorAnswer(error, identified);
    const reason = error instanceof Error ? error.message : String(error);
    this.log.error(`${name} failed inside the agent: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
    return errorAnswer(new CommandError("INTERNAL", { name, reason }), identified);
  }
}

function answer(definition: RegisteredCommand["definition"], result: unknown, identified: Identified): Answer {
  if (definition.answers === false) return undefined;
  const text = new AnswerText();
  if (definition.delimited) text.append(SENTINEL);
  return finish(text.append('{"return": ').value(result ?? {}), identified);
}

function errorAnswer(error: CommandError, identified: Identified): Answer {
  return finish(new AnswerText().append('{"error": ').value({ class: error.class, desc: error.message }), identified);
}

function finish(text: AnswerText, identified: Identified): Answer {
  if (identified.id !== undefined) text.append(', "id": ').value(identified.id);
  return text.append("}\n").finish();
}

function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise;
}
