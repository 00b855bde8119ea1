/** A plugin in a test: the agent's own dispatcher around it, and a world that the test decides. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NO_AUDIT } from "../../audit/audit.ts";
import { AgentVersion, Commands } from "../../commands.ts";
import { NO_SETTINGS } from "../../config/no-settings.ts";
import { Problems } from "../../config/problems.ts";
import { TomlList, TomlScalar, TomlTable, type TomlValue } from "../../config/toml.ts";
import { provide, systemContainer } from "../../container.ts";
import { RequestContext } from "../../dispatch/context.ts";
import { type Answer, Dispatcher } from "../../dispatch/dispatcher.ts";
import { Gate } from "../../dispatch/gate.ts";
import { CommandRegistry } from "../../dispatch/registry.ts";
import { problemsOf } from "../../extension/definition.ts";
import { pluginOptions } from "../../extension/plugin-options.ts";
import { RunningPlugin } from "../../extension/running-plugin.ts";
import { DEFAULT_PLUGIN_SETTINGS, type PluginSource } from "../../extension/source.ts";
import { Log } from "../../log.ts";
import { Files } from "../../os/ports.ts";
import type { AnyPlugin } from "../../plugin.ts";
import { NO_RULES } from "../../policy/rules.ts";
import { AnswerText } from "../../protocol/encode.ts";
import { Framing, type Message } from "../../protocol/framing.ts";
import { ScratchPool } from "../../protocol/scratch.ts";
import { Settings } from "../../settings.ts";
import { AgentState } from "../../state.ts";
import { Holdings } from "../../statistics/holdings.ts";
import { Statistics } from "../../statistics/statistics.ts";
import type { Token } from "../../token.ts";
import { AGENT_VERSION } from "../../version.ts";
import type { PluginWorld, TestedPlugin } from "./testing.ts";

const PLACE = { file: "the test's options" };

/** @throws Error with all that is wrong with the definition or the options, or why the plugin doesn't start. */
export async function startTested(plugin: AnyPlugin, world: PluginWorld<Record<string, unknown>>): Promise<TestedPlugin> {
  refuse(problemsOf(plugin, typeof plugin?.name === "string" ? plugin.name : ""));
  const lines: string[] = [];
  const log = recorded(lines);
  const state = new TestState();
  const needs = plugin.needs ?? {};
  const container = systemContainer();
  const gate = new Gate(NO_RULES, state, container.resolve<Files>(Files.key));
  const registry = new CommandRegistry(gate, {});
  const statistics = new Statistics();
  const own = new Map<Token<unknown>, unknown>([
    [Settings, NO_SETTINGS],
    [AgentVersion, AGENT_VERSION],
    [Log, log],
    [AgentState, state],
    [Commands, registry],
    [Holdings, statistics],
  ]);
  for (const [name, fake] of Object.entries(world.needs ?? {})) {
    if (needs[name] === undefined) throw new Error(`the test gives '${name}', which the plugin '${plugin.name}' doesn't need`);
    own.set(needs[name], fake);
  }
  for (const [token, value] of own) container.register(token.key, { useValue: value });

  const folders = mkdtempSync(join(tmpdir(), "lodger-plugin-test-"));
  const remove = () => rmSync(folders, { recursive: true, force: true });
  process.once("exit", remove);
  const options = optionsOf(plugin, world.options);
  const source: PluginSource = { name: plugin.name, kind: "in-process", file: undefined, load: () => plugin };
  const running = new RunningPlugin(
    { source, settings: DEFAULT_PLUGIN_SETTINGS, plugin, options },
    { log, registry, state, folders, changed: () => undefined },
  );
  await running.start(provide(plugin, container));
  const dispatcher = new Dispatcher(registry, gate, log, NO_AUDIT, statistics);
  return {
    log: lines,
    get frozen() {
      return state.frozen;
    },
    set frozen(frozen) {
      state.frozen = frozen;
    },
    call: (name, args = {}) => call(dispatcher, log, name, args),
    stop: async () => {
      await running.stop(DEFAULT_PLUGIN_SETTINGS.stopMs);
      process.removeListener("exit", remove);
      remove();
    },
  };
}

function refuse(problems: readonly string[]): void {
  if (problems.length > 0) throw new Error(problems.join("\n"));
}

function optionsOf(plugin: AnyPlugin, options: object = {}): unknown {
  const problems = new Problems();
  const checked = pluginOptions(plugin, { ...DEFAULT_PLUGIN_SETTINGS, options: toml(options) as TomlTable, origin: PLACE }, problems);
  refuse(problems.errors.map(({ text }) => text));
  return checked;
}

/** As it would have come from lodger.toml. */
function toml(value: unknown): TomlValue {
  if (Array.isArray(value)) {
    const list = new TomlList(PLACE);
    list.items.push(...value.map(toml));
    return list;
  }
  if (typeof value === "object" && value !== null && !(value instanceof Date)) {
    const table = new TomlTable(PLACE);
    for (const [key, member] of Object.entries(value)) if (member !== undefined) table.set(key, toml(member), PLACE);
    return table;
  }
  if (typeof value === "string" || typeof value === "boolean") return new TomlScalar(value, typeof value as "string" | "boolean", PLACE);
  if (typeof value === "number" || typeof value === "bigint") {
    return new TomlScalar(value, typeof value === "bigint" || Number.isInteger(value) ? "integer" : "float", PLACE);
  }
  if (value instanceof Date) return new TomlScalar(value, "date", PLACE);
  throw new Error(`the test's options have ${value === null ? "null" : `a ${typeof value}`}, which lodger.toml can't have`);
}

async function call(dispatcher: Dispatcher, log: Log, name: string, args: object): Promise<unknown> {
  const context = new RequestContext(log, new ScratchPool(), { peer: "the test", connection: 1 });
  const request = new AnswerText().append('{"execute": ').value(name).append(', "arguments": ').value(args).append("}").finish();
  const answer = await dispatcher.dispatch(message(text(request)), context);
  const received = answer === undefined ? {} : parsed(text(answer));
  context.release();
  if (received.error !== undefined) throw Object.assign(new Error(received.error.desc), { class: received.error.class });
  return received.return;
}

function message(request: string): Message {
  const messages: Message[] = [];
  new Framing((one) => messages.push(one)).push(Buffer.from(request, "latin1"));
  const [first] = messages;
  if (first === undefined) throw new Error(`this is no request: ${request}`);
  return first;
}

function text(answer: NonNullable<Answer>): string {
  if (typeof answer === "string") return answer;
  return answer.map((part) => (typeof part === "string" ? part : Buffer.from(part).toString("base64"))).join("");
}

interface Received {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** Node tells how a number was written, which its types don't know yet. */
type Parse = (text: string, reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown) => unknown;

/** Integers beyond the safe ones come as `bigint`. */
function parsed(answer: string): Received {
  return (JSON.parse as Parse)(answer.replace(/^\xff/, ""), (_, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value,
  ) as Received;
}

class TestState implements AgentState {
  frozen = false;
  freezing = false;
  readonly frozenMark = { mark: "/nonexistent", note: "/nonexistent" };
  #handle = 1000;

  async nextHandle(): Promise<number> {
    return this.#handle++;
  }

  async enterFrozen(): Promise<void> {
    this.frozen = true;
  }

  async leaveFrozen(): Promise<void> {
    this.frozen = false;
  }
}

function recorded(lines: string[]): Log {
  const add = (level: string) => (line: string | (() => string)) => {
    lines.push(`${level}: ${typeof line === "string" ? line : line()}`);
  };
  return {
    error: add("error"),
    critical: add("critical"),
    warning: add("warning"),
    message: add("message"),
    info: add("info"),
    debug: add("debug"),
  };
}
