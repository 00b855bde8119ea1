/** `lodger schema`: every command's declaration for programs, as JSON Schema. */
import type { DependencyContainer } from "tsyringe";
import { NO_START } from "../config/no-settings.ts";
import { agentContainer, provide } from "../container.ts";
import { builtInHost } from "../extension/host.ts";
import { Log } from "../log.ts";
import type { AnyCommand, AnyPlugin } from "../plugin.ts";
import { profileOf } from "../policy/profiles.ts";
import { declaredArguments, roleOf } from "../policy/subject.ts";
import { INTERFACE_VERSION, LODGER_VERSION } from "../version.ts";
import { type DeclaredSchema, type StandardSchema, standardSchema } from "./standard-schema.ts";
import type { SubcommandInput } from "./subcommand.ts";

/** Arguments of a command that takes none, result of one that returns nothing. */
const EMPTY: StandardSchema = { type: "object", properties: {}, required: [], additionalProperties: false };

export async function schemaCommand({ agent, write }: SubcommandInput): Promise<number> {
  write(await schemaText(agent.plugins, agentContainer(agent.container, NO_START, agent.generated)));
  return 0;
}

interface DescribedCommand {
  readonly name: string;
  readonly plugin: string;
  readonly since: string;
  readonly summary: string;
  readonly privilege?: string;
  /** The smallest of the admin's profiles that has it; "none" for what is always there. */
  readonly profile: string;
  /** By argument: what it means to the admin's rules. */
  readonly roles?: Readonly<Record<string, string>>;
  /** Arguments that are never shown, logged or audited. */
  readonly secret?: readonly string[];
  /** Whether it works while file systems are frozen. */
  readonly "while-frozen": boolean;
  /** Whether success is answered. */
  readonly "success-response": boolean;
  /** Why this system can't do it; such a command is not in guest-info. */
  readonly unsupported?: string;
  readonly arguments: StandardSchema;
  readonly returns: StandardSchema;
}

/** @returns one JSON text. */
export async function schemaText(plugins: readonly AnyPlugin[], container: DependencyContainer): Promise<string> {
  const commands: DescribedCommand[] = [];
  for (const plugin of plugins) {
    for (const command of plugin.commands?.(provide(plugin, container), builtInHost(plugin, container.resolve(Log.key))) ?? [])
      commands.push(await describe(plugin.name, command));
  }
  const document = {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: `lodger ${LODGER_VERSION}: the commands of the guest agent, interface ${INTERFACE_VERSION}`,
    commands,
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

async function describe(plugin: string, command: AnyCommand): Promise<DescribedCommand> {
  const supported = (await command.supported?.()) ?? true;
  return {
    name: command.name,
    plugin,
    since: command.since,
    summary: command.summary,
    ...(command.privilege === undefined ? {} : { privilege: command.privilege }),
    profile: profileOf(command),
    ...noted(command),
    "while-frozen": command.whileFrozen === true,
    "success-response": command.answers !== false,
    ...(supported === true ? {} : { unsupported: supported }),
    arguments: command.arguments === undefined ? EMPTY : standardSchema(command.arguments as DeclaredSchema),
    returns: command.returns === undefined ? EMPTY : standardSchema(command.returns as DeclaredSchema),
  };
}

/** What of its arguments plain JSON Schema has no words for. */
function noted(command: AnyCommand): Pick<DescribedCommand, "roles" | "secret"> {
  const args = Object.entries(declaredArguments(command));
  const roles = args.flatMap(([name, schema]) => {
    const role = roleOf(schema);
    return role === undefined ? [] : [[name, role] as const];
  });
  const secret = args.filter(([, schema]) => schema.secret).map(([name]) => name);
  return { ...(roles.length === 0 ? {} : { roles: Object.fromEntries(roles) }), ...(secret.length === 0 ? {} : { secret }) };
}
