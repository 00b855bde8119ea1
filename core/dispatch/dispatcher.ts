/** One request to its answer: envelope, command, gate, arguments, run. */
import { inject, singleton } from "tsyringe";
import { Audit, type AuditRecord, type Client } from "../audit/audit.ts";
import { CommandError } from "../errors.ts";
import { Log } from "../log.ts";
import { OsError } from "../os/ports.ts";
import { RefusalLog } from "../policy/refusal-log.ts";
import { type AnswerPart, AnswerText } from "../protocol/encode.ts";
import type { Message } from "../protocol/framing.ts";
import type { JsonValue } from "../protocol/values.ts";
import { Statistics } from "../statistics/statistics.ts";
import type { RequestContext } from "./context.ts";
import { Gate, Refused } from "./gate.ts";
import { CommandRegistry, type RegisteredCommand } from "./registry.ts";
import { type Identified, idOf, readRequest } from "./request.ts";

/** What is sent back: text, with bytes to be encoded in between; undefined where success is silent. */
export type Answer = string | AnswerPart[] | undefined;

const SENTINEL = "\xff";

/** What is known of a request so far. */
interface Call {
  readonly identified: Identified;
  name: string;
  record: AuditRecord | undefined;
  readonly context: RequestContext;
}

@singleton()
export class Dispatcher {
  readonly statistics: Statistics;
  private readonly registry: CommandRegistry;
  private readonly gate: Gate;
  private readonly log: Log;
  private readonly audit: Audit;
  private readonly refusals: RefusalLog;

  constructor(
    @inject(CommandRegistry) registry: CommandRegistry,
    @inject(Gate) gate: Gate,
    @inject(Log.key) log: Log,
    @inject(Audit.key) audit: Audit,
    @inject(Statistics) statistics: Statistics,
  ) {
    this.registry = registry;
    this.gate = gate;
    this.log = log;
    this.refusals = new RefusalLog(log);
    this.audit = audit;
    this.statistics = statistics;
  }

  /** @returns the answer, at once where the command answers at once. Never throws or rejects. */
  dispatch(message: Message, context: RequestContext): Answer | Promise<Answer> {
    if (message.error) {
      this.statistics.malformed++;
      return errorAnswer(message.error, {});
    }
    this.statistics.begin();
    const value = message.value as JsonValue;
    const call: Call = { identified: idOf(value), name: "", record: undefined, context };
    try {
      const request = readRequest(value);
      call.name = request.execute;
      call.record = this.audit.begin(context.client, request.execute, request.arguments);
      context.record = call.record;
      const command = this.command(request.execute);
      const { definition } = command;
      const args = command.arguments.read(request.arguments, message.lent.length > 0);
      call.record?.arguments(definition.arguments, args);
      call.record?.allowed(this.gate.decide(definition));
      const admitted = this.gate.admit(definition, args, context);
      const result: unknown = isPromise(admitted)
        ? admitted.then((ruled) => definition.run(ruled, context))
        : definition.run(admitted, context);
      if (!isPromise(result)) return this.success(command, result, call);
      const { began } = this.statistics;
      return result
        .then((settled) => this.success(command, settled, call, began))
        .catch((error: unknown) => this.failure(error, call, began));
    } catch (error) {
      return this.failure(error, call);
    }
  }

  /** The message was given up before it could begin. */
  forget(message: Message, client: Client): void {
    try {
      const { execute, arguments: given } = readRequest(message.value as JsonValue);
      this.audit.begin(client, execute, given)?.abandoned();
    } catch {
      // It was no request.
    }
  }

  /** A request for the log: its command, and whose that is where it isn't lodger's own. */
  describe(message: Message): string {
    try {
      const { execute } = readRequest(message.value as JsonValue);
      const command = this.registry.find(execute);
      return command ? `${execute} of the plugin '${command.plugin}'` : execute;
    } catch {
      return "a request";
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
    const refusal = this.gate.refusal(command.definition);
    if (refusal) throw refusal;
    return command;
  }

  /** @param began of what was not answered at once. */
  private success(
    { definition, figures }: RegisteredCommand,
    result: unknown,
    { identified, record, context }: Call,
    began?: number,
  ): Answer {
    const text = answer(definition, result, identified);
    context.answered?.(result);
    record?.ended();
    this.statistics.answered(figures, began);
    return text;
  }

  private failure(error: unknown, { name, identified, record }: Call, began?: number): Answer {
    const told = error instanceof CommandError ? error : this.internal(name, error);
    if (told instanceof Refused) {
      record?.refused(told.decision);
      this.refusals.note(name, told.decision);
    }
    record?.ended({ class: told.class, code: told.code });
    this.statistics.failed(told.class, this.registry.find(name)?.figures, began);
    return errorAnswer(told, identified);
  }

  private internal(name: string, error: unknown): CommandError {
    // What the system refuses is no fault of the agent's, and needs no stack.
    if (error instanceof OsError) return new CommandError("SYSTEM_CALL", { name, call: error.call, reason: error.message });
    const reason = error instanceof Error ? error.message : String(error);
    this.log.error(`${name} failed inside the agent: ${error instanceof Error ? (error.stack ?? reason) : reason}`);
    return new CommandError("INTERNAL", { name, reason });
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
