/** From settings to a running agent, and to its end. */
import type { DependencyContainer } from "tsyringe";
import { Agent } from "./agent.ts";
import type { Start } from "./config/start.ts";
import { StartError } from "./config/start-error.ts";
import { agentContainer } from "./container.ts";
import type { GeneratedValidatorTable } from "./dispatch/validators.ts";
import { LogFile } from "./log-file.ts";
import { whenFrozen } from "./os/embedded.ts";
import type { AnyPlugin, Connection, Transport } from "./plugin.ts";
import { asDaemon, startDaemon } from "./process/daemonize.ts";
import { endSignal, endWithin } from "./process/exit.ts";
import { PidFile } from "./process/pidfile.ts";
import { collectWhenSettled } from "./process/settle.ts";
import { activatedSocket } from "./process/socket-activation.ts";
import { widenThreadPool } from "./process/thread-pool.ts";
import type { Settings } from "./settings.ts";
import { StateFile } from "./state-file.ts";

/** What the program is made of, before it is told what to do. */
export interface AgentEnvironment {
  readonly container: DependencyContainer;
  readonly plugins: readonly AnyPlugin[];
  readonly transports: readonly Transport[];
  readonly generated: GeneratedValidatorTable;
}

/** How long a client that is being answered may take when the agent ends, in milliseconds. */
const LEAVING_MS = 500;

/**
 * @returns the exit status, when a signal or the channel's end has ended the agent.
 * @throws StartError with what the user can do, if it can't start.
 */
export async function runAgent(environment: AgentEnvironment, start: Extract<Start, { action: "run" }>): Promise<number> {
  widenThreadPool();
  const daemon = asDaemon();
  const { admin, warnings } = start;
  const settings = { ...start.settings, ...explain(activatedSocket) };
  if (settings.daemon && !daemon) return startDaemon();

  const container = agentContainer(environment.container, { settings, admin }, environment.generated);
  const log = container.resolve(LogFile);
  const state = container.resolve(StateFile);
  const agent = container.resolve(Agent);
  whenFrozen(() => state.frozen);
  state.load();
  // Log and pid file may be on a disk that an earlier run left frozen.
  const wasFrozen = state.frozen;
  if (!wasFrozen) explain(() => log.open());
  await agent.load(environment.plugins, container);

  const ending = endSignal(async () => {
    if (state.frozen || state.freezing) await agent.thaw();
  });
  let pidFile: PidFile | undefined;
  const lockPidFile = () => {
    pidFile = PidFile.create(settings.pidFile);
  };
  // Before the channel is opened: a second agent must not take the first one's.
  if (daemon && !wasFrozen) explain(lockPidFile);
  const connections = await listen(environment.transports, settings, log, ending).catch((error: unknown) => {
    pidFile?.release();
    throw error;
  });
  if (wasFrozen) {
    const { leaseMs } = settings.freeze;
    if (leaseMs !== undefined) setTimeout(() => state.frozen && agent.thaw(), leaseMs).unref();
    state
      .whenThawed()
      .then(() => log.open())
      .then(() => daemon && lockPidFile())
      .catch((error: Error) => process.stderr.write(`lodger: ${error.message}\n`));
  }
  daemon?.ready();
  for (const warning of warnings) log.warning(warning);
  state.begin();
  collectWhenSettled();

  await agent.serve(connections);
  pidFile?.release();
  log.close();
  endWithin(LEAVING_MS, 0);
  return 0;
}

async function listen(
  transports: readonly Transport[],
  settings: Settings,
  log: LogFile,
  signal: AbortSignal,
): Promise<AsyncIterable<Connection>> {
  const transport = transports.find(({ name }) => name === settings.method);
  if (!transport) {
    const known = transports.map(({ name }) => name).join(", ");
    throw new StartError(`unsupported channel method/type: ${settings.method}; known are ${known}`);
  }
  try {
    return await transport.listen(settings, log, signal);
  } catch (error) {
    throw startError(error);
  }
}

/** Whatever prevents the start is shown as one line, not as a stack. */
function explain<T>(step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw startError(error);
  }
}

function startError(error: unknown): StartError {
  return error instanceof StartError ? error : new StartError((error as Error).message, { cause: error });
}
