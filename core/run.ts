/** From settings to a running agent, and to its end. */
import type { DependencyContainer } from "tsyringe";
import { Agent } from "./agent.ts";
import type { RunStart, Start } from "./config/start.ts";
import { StartError } from "./config/start-error.ts";
import { agentContainer } from "./container.ts";
import type { GeneratedValidatorTable } from "./dispatch/validators.ts";
import type { PluginSource } from "./extension/source.ts";
import { Governance } from "./governance.ts";
import { LogFile } from "./log-file.ts";
import { whenFrozen } from "./os/embedded.ts";
import type { AnyPlugin, Connection, Transport } from "./plugin.ts";
import { asDaemon, startDaemon } from "./process/daemonize.ts";
import { endSignal, endWithin } from "./process/exit.ts";
import { PidFile } from "./process/pidfile.ts";
import { activatedSocket } from "./process/socket-activation.ts";
import { widenThreadPool } from "./process/thread-pool.ts";
import { Tidying } from "./process/tidying.ts";
import type { Settings } from "./settings.ts";
import { StateFile } from "./state-file.ts";

/** What the program is made of, before it is told what to do. */
export interface AgentEnvironment {
  readonly container: DependencyContainer;
  readonly plugins: readonly AnyPlugin[];
  /** What `npm run build -- --plugin` has built in. */
  readonly bundled: readonly PluginSource[];
  readonly transports: readonly Transport[];
  readonly generated: GeneratedValidatorTable;
}

const FAILED = 1;

/** How long a client that is being answered may take when the agent ends, in milliseconds. */
const LEAVING_MS = 500;

/**
 * @param read reads the configuration again, while the agent runs.
 * @returns the exit status, when a signal or the channel's end has ended the agent.
 * @throws StartError with what the user can do, if it can't start.
 */
export async function runAgent(environment: AgentEnvironment, start: RunStart, read: () => Promise<Start>): Promise<number> {
  widenThreadPool();
  const daemon = asDaemon();
  const settings = { ...start.settings, ...explain(activatedSocket) };
  if (settings.daemon && !daemon) return startDaemon();

  const container = agentContainer(environment.container, { settings, admin: start.admin, origins: start.origins }, environment.generated);
  const log = container.resolve(LogFile);
  const state = container.resolve(StateFile);
  const agent = container.resolve(Agent);
  const ending = endSignal(async () => {
    if (state.frozen || state.freezing) await agent.thaw();
  });
  whenFrozen(() => state.frozen);
  state.load();
  // Log and pid file may be on a disk that an earlier run left frozen.
  const wasFrozen = state.frozen;
  if (!wasFrozen) explain(() => log.open());
  await agent.load(environment.plugins, container);
  const governance = new Governance(container, environment, settings);
  let pidFile: PidFile | undefined;
  const lockPidFile = () => {
    pidFile = PidFile.create(settings.pidFile);
  };
  let status = FAILED;
  try {
    await governance.begin(start, read);
    if (ending.aborted) return 0;
    // Before the channel is opened: a second agent must not take the first one's.
    if (daemon && !wasFrozen) explain(lockPidFile);
    const connections = await listen(await transportOf(environment, governance, settings), settings, log, ending);
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
    for (const warning of start.warnings) log.warning(warning);
    state.begin();
    if (state.endedBefore !== undefined) governance.thawedBefore(state.endedBefore);
    const tidying = new Tidying();

    await agent.serve(connections, () => tidying.worked());
    status = 0;
  } finally {
    await governance.end();
    pidFile?.release();
    log.close();
    // Also of a start that has failed: a plugin may have left a timer.
    endWithin(LEAVING_MS, ending.aborted ? 0 : status);
  }
  return status;
}

/** @throws StartError if there is none of the name. */
async function transportOf(environment: AgentEnvironment, governance: Governance, { method }: Settings): Promise<Transport> {
  const transport = environment.transports.find(({ name }) => name === method) ?? (await governance.transport(method));
  if (transport) return transport;
  const known = environment.transports.map(({ name }) => name).join(", ");
  throw new StartError(`unsupported channel method/type: ${method}; no plugin brings it, and without plugins there are ${known}`);
}

async function listen(transport: Transport, settings: Settings, log: LogFile, signal: AbortSignal): Promise<AsyncIterable<Connection>> {
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
