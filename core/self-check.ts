/** `lodger self-check`: whether this executable is whole, without opening a channel or touching the system. */
import { Agent } from "./agent.ts";
import { agentContainer } from "./container.ts";
import { CommandRegistry } from "./dispatch/registry.ts";
import type { AgentEnvironment } from "./run.ts";

const NO_SETTINGS = {
  method: "none",
  path: "/",
  logFile: undefined,
  pidFile: "/",
  stateDirectory: "/",
  fsfreezeHook: undefined,
  verbose: false,
  daemon: false,
  retryPath: false,
  blockRpcs: [],
  allowRpcs: [],
  tls: undefined,
};

export async function selfCheck({ container, plugins, transports, generated }: AgentEnvironment): Promise<number> {
  const agent = agentContainer(container, NO_SETTINGS, generated);
  await agent.resolve(Agent).load(plugins, agent);
  const commands = agent.resolve(CommandRegistry).list();
  const validators = Object.keys(generated).length;
  process.stdout.write(`whole: ${commands.length} commands, ${validators} generated validators, ${transports.length} transports\n`);
  return 0;
}
