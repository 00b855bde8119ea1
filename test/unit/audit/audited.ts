/** A dispatcher whose records are plain values. */
import "reflect-metadata";
import { lineOf } from "../../../core/audit/line.ts";
import { RequestRecord } from "../../../core/audit/record.ts";
import { RequestContext } from "../../../core/dispatch/context.ts";
import { type Answer, Dispatcher } from "../../../core/dispatch/dispatcher.ts";
import { Gate } from "../../../core/dispatch/gate.ts";
import { CommandRegistry } from "../../../core/dispatch/registry.ts";
import type { AnyCommand, Log } from "../../../core/plugin.ts";
import { NO_RULES, type PolicyRules } from "../../../core/policy/rules.ts";
import { Framing } from "../../../core/protocol/framing.ts";
import { ScratchPool } from "../../../core/protocol/scratch.ts";
import { Statistics } from "../../../core/statistics/statistics.ts";

export interface Line {
  readonly [name: string]: unknown;
  readonly n: number;
}

export interface Audited {
  readonly dispatcher: Dispatcher;
  readonly log: Log;
  /** What was written, as text. */
  readonly lines: string[];
  /** Everything that was logged, debug lines too. */
  readonly logged: string[];
  /** @returns the answer's text. */
  ask(request: string): Promise<string>;
  /** Sends without waiting. @returns the request's context and its answer to come. */
  start(request: string): { readonly context: RequestContext; readonly answer: Promise<string> };
  records(): Line[];
}

const CLIENT = { peer: "a client", connection: 7 };

export async function audited(commands: readonly AnyCommand[], rules: Partial<PolicyRules> = {}): Promise<Audited> {
  const lines: string[] = [];
  const logged: string[] = [];
  const keep = (text: string | (() => string)) => void logged.push(typeof text === "string" ? text : text());
  const log: Log = { error: keep, critical: keep, warning: keep, message: keep, info: keep, debug: keep };
  const files = { resolve: async (path: string) => ({ path, missing: [] }) };
  const gate: Gate = Reflect.construct(Gate, [{ ...NO_RULES, ...rules }, { frozen: false }, files]);
  const registry = new CommandRegistry(gate, {});
  await registry.add("test", commands);
  const audit = {
    begin: (client: typeof CLIENT, command: string, given: Readonly<Record<string, unknown>>) =>
      new RequestRecord(client, command, given, ({ fields }) => lines.push(lineOf({ n: lines.length + 1, ...fields }))),
  };
  const dispatcher = new Dispatcher(registry, gate, log, audit, new Statistics());
  const start = (request: string) => {
    const pool = new ScratchPool();
    const context = new RequestContext(log, pool, CLIENT);
    let answer: Answer | Promise<Answer>;
    const framing = new Framing((message) => {
      answer = dispatcher.dispatch(message, context);
    }, pool);
    framing.push(Buffer.from(`${request}\n`));
    return { context, answer: Promise.resolve(answer).then(asText) };
  };
  return {
    dispatcher,
    log,
    lines,
    logged,
    start,
    ask: (request) => start(request).answer,
    records: () => lines.map((line) => JSON.parse(line)),
  };
}

function asText(answer: Answer): string {
  return typeof answer === "string" ? answer : JSON.stringify(answer ?? "");
}
