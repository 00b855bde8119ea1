/** What a plugin's process tells of the plugin: made there, and checked here, where nothing that it says is believed. */
import { declaredCommands } from "../../declared-commands.ts";
import type { AnyCommand, AnyPlugin, CommandProfile } from "../../plugin.ts";
import { isRecord } from "./messages.ts";
import { ProtocolError } from "./protocol-error.ts";
import { SafeSchemas } from "./safe-schema.ts";

type Schema = Readonly<Record<string, unknown>>;

export interface DeclaredCommand {
  readonly name: string;
  readonly since: string;
  readonly summary: string;
  readonly arguments: Schema | undefined;
  readonly returns: Schema | undefined;
  readonly whileFrozen: boolean;
  readonly answers: boolean;
  readonly privilege: string | undefined;
  readonly profile: CommandProfile | undefined;
  /** Whether the plugin wants to be asked if this system can do it. */
  readonly asksSupport: boolean;
}

export interface Declaration {
  readonly name: string;
  readonly version: string | undefined;
  readonly summary: string | undefined;
  readonly api: number | undefined;
  readonly after: readonly string[] | undefined;
  readonly options: Schema | undefined;
  readonly commands: readonly DeclaredCommand[];
}

/** In the plugin's process. @throws Error naming what an isolated plugin can't have. */
export function declarationOf(plugin: AnyPlugin): Omit<Declaration, "commands"> & { readonly commands: readonly object[] } {
  const { name, version, summary, api, after, options } = plugin;
  if (Object.keys(plugin.provides ?? {}).length > 0) {
    throw new Error("it provides something to other plugins, which it can't from a process of its own: set isolate = false");
  }
  if (plugin.transports) throw new Error("it brings a transport, which it can't from a process of its own: set isolate = false");
  return { name, version, summary, api, after, options, commands: declaredCommands(plugin).map(commandOf) };
}

function commandOf(command: AnyCommand): object {
  const { name, since, summary, arguments: args, returns, whileFrozen, answers, privilege, profile, supported } = command;
  const only = ["thaws", "synchronizes", "delimited"] as const;
  const refused = only.find((key) => command[key] === true);
  if (refused) {
    throw new Error(
      `the command ${name} has '${refused}: true', which needs the agent's own process: leave it out, or set isolate = false`,
    );
  }
  const asksSupport = supported !== undefined;
  return { name, since, summary, arguments: args, returns, whileFrozen, answers, privilege, profile, asksSupport };
}

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_NAME = 64;
const MAX_TEXT = 1000;
const MAX_COMMANDS = 500;
const PROFILES: ReadonlySet<unknown> = new Set<CommandProfile>(["observe", "backup", "standard"]);

/** In the agent. @throws ProtocolError saying what is no declaration about it. */
export function readDeclaration(value: unknown): Declaration {
  if (!isRecord(value)) throw new ProtocolError("what it says about itself is no plugin");
  const schemas = new SafeSchemas();
  const { api, after, commands } = value;
  if (api !== undefined && !Number.isSafeInteger(api)) throw new ProtocolError("its 'api' is no version");
  if (after !== undefined && !(Array.isArray(after) && after.length < MAX_COMMANDS && after.every(isName))) {
    throw new ProtocolError("its 'after' is no list of plugins' names");
  }
  if (!Array.isArray(commands) || commands.length > MAX_COMMANDS)
    throw new ProtocolError(`its commands are no list, or more than ${MAX_COMMANDS}`);
  return {
    name: nameIn(value.name, "its name"),
    version: optionalText(value.version, "its 'version'"),
    summary: optionalText(value.summary, "its 'summary'"),
    api: api as number | undefined,
    after,
    options:
      value.options === undefined ? undefined : objectSchema(schemas.check(value.options, "the schema of its options"), "its options"),
    commands: commands.map((command) => readCommand(command, schemas)),
  };
}

function readCommand(value: unknown, schemas: SafeSchemas): DeclaredCommand {
  if (!isRecord(value)) throw new ProtocolError("one of its commands is none");
  const name = nameIn(value.name, "a command's name");
  const { arguments: args, returns, profile } = value;
  if (profile !== undefined && !PROFILES.has(profile)) throw new ProtocolError(`the command ${name} has no known 'profile'`);
  return {
    name,
    since: text(value.since, `the command ${name}: 'since'`),
    summary: text(value.summary, `the command ${name}: 'summary'`),
    arguments:
      args === undefined ? undefined : objectSchema(schemas.check(args, `the schema of ${name}'s arguments`), `${name}'s arguments`),
    returns: returns === undefined ? undefined : schemas.check(returns, `the schema of ${name}'s result`),
    whileFrozen: value.whileFrozen === true,
    answers: value.answers !== false,
    privilege: optionalText(value.privilege, `the command ${name}: 'privilege'`),
    profile: profile as CommandProfile | undefined,
    asksSupport: value.asksSupport === true,
  };
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= MAX_NAME && NAME.test(value);
}

function nameIn(value: unknown, what: string): string {
  if (!isName(value)) throw new ProtocolError(`${what} isn't small letters, digits and single dashes, at most ${MAX_NAME}`);
  return value;
}

function text(value: unknown, what: string): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) throw new ProtocolError(`${what} is no text of at most ${MAX_TEXT} characters`);
  return value;
}

function optionalText(value: unknown, what: string): string | undefined {
  return value === undefined ? undefined : text(value, what);
}

function objectSchema(schema: Schema, what: string): Schema {
  if (schema.type !== "object" || (schema.properties !== undefined && !isRecord(schema.properties))) {
    throw new ProtocolError(`the schema of ${what} isn't made by Type.Object`);
  }
  return schema;
}
