/** `lodger self-check`: whether this executable is whole, without opening a channel or touching the system. */
import { Agent } from "./agent.ts";
import type { SubcommandInput } from "./cli/subcommand.ts";
import { NO_START } from "./config/no-settings.ts";
import { agentContainer } from "./container.ts";
import { CommandRegistry } from "./dispatch/registry.ts";
import { packed } from "./packed.ts";

export async function selfCheck({ agent: environment, write }: SubcommandInput): Promise<number> {
  const { container, plugins, transports, generated } = environment;
  const agent = agentContainer(container, NO_START, generated);
  await agent.resolve(Agent).load(plugins, agent);
  const commands = agent.resolve(CommandRegistry).list();
  const validators = Object.keys(generated).length;
  const code = packed()?.isCompiled ? ", compiled code" : "";
  write(`whole: ${commands.length} commands, ${validators} generated validators, ${transports.length} transports${code}\n`);
  return 0;
}
