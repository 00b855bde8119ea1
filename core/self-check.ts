/** `lodger self-check`: whether this executable is whole, without opening a channel or touching the system. */
import { Agent } from "./agent.ts";
import { NO_SETTINGS } from "./config/no-settings.ts";
import { agentContainer } from "./container.ts";
import { CommandRegistry } from "./dispatch/registry.ts";
import type { AgentEnvironment } from "./run.ts";

export async function selfCheck({ container, plugins, transports, generated }: AgentEnvironment): Promise<number> {
  const agent = agentContainer(container, NO_SETTINGS, generated);
  await agent.resolve(Agent).load(plugins, agent);
  const commands = agent.resolve(CommandRegistry).list();
  const validators = Object.keys(generated).length;
  process.stdout.write(`whole: ${commands.length} commands, ${validators} generated validators, ${transports.length} transports\n`);
  return 0;
}
