/** The agent: the plugins' commands behind one dispatcher, a session for each client. */
import { type DependencyContainer, inject, singleton } from "tsyringe";
import type { Client } from "./audit/audit.ts";
import { provide } from "./container.ts";
import { RequestContext } from "./dispatch/context.ts";
import { Dispatcher } from "./dispatch/dispatcher.ts";
import { CommandRegistry } from "./dispatch/registry.ts";
import { Session } from "./dispatch/session.ts";
import { builtInHost } from "./extension/host.ts";
import { Log } from "./log.ts";
import type { AnyPlugin, Connection } from "./plugin.ts";
import { ScratchPool } from "./protocol/scratch.ts";

/** Who asks where nobody does. */
const ITSELF: Client = { peer: "the agent itself", connection: 0 };

@singleton()
export class Agent {
  private readonly registry: CommandRegistry;
  private readonly dispatcher: Dispatcher;
  private readonly log: Log;

  constructor(@inject(CommandRegistry) registry: CommandRegistry, @inject(Dispatcher) dispatcher: Dispatcher, @inject(Log.key) log: Log) {
    this.registry = registry;
    this.dispatcher = dispatcher;
    this.log = log;
  }

  /** @throws Error naming both sides if a need is not met or a command's name is taken. */
  async load(plugins: readonly AnyPlugin[], container: DependencyContainer): Promise<void> {
    for (const plugin of plugins) {
      if (plugin.commands) await this.registry.add(plugin.name, plugin.commands(provide(plugin, container), builtInHost(plugin, this.log)));
    }
    for (const [name, reason] of this.registry.unsupported()) this.log.info(`${name} is left out: ${reason}`);
  }

  /** Runs the commands that end the frozen state. Never rejects: who ends can only say what went wrong. */
  async thaw(): Promise<void> {
    for (const { definition } of this.registry.all()) {
      if (!definition.thaws) continue;
      try {
        await definition.run({}, new RequestContext(this.log, new ScratchPool(), ITSELF));
      } catch (error) {
        this.log.error(`${definition.name} failed before the agent ended: ${error instanceof Error ? error.message : error}`);
      }
    }
  }

  /** Serves clients, any number at once, until there will be none. @param worked called whenever one of them is served. */
  async serve(connections: AsyncIterable<Connection>, worked: () => void = () => undefined): Promise<void> {
    const sessions = new Set<Session>();
    const { statistics } = this.dispatcher;
    for await (const connection of connections) {
      this.log.info(`${connection.peer} has connected`);
      statistics.connections++;
      const session = new Session(connection, this.dispatcher, this.log, worked);
      sessions.add(session);
      statistics.open = sessions.size;
      session
        .serve()
        .then(
          () => this.log.info(`${connection.peer} has left`),
          (error: unknown) => {
            // A fault of the agent's own: this client's channel is lost, the agent is not.
            this.log.error(
              `the connection of ${connection.peer} ended: ${error instanceof Error ? (error.stack ?? error.message) : error}`,
            );
            connection.close();
          },
        )
        .finally(() => {
          sessions.delete(session);
          statistics.open = sessions.size;
        });
    }
    for (const session of sessions) session.abandon();
  }
}
