/**
 * The composition of the agent: which class stands behind which token. Each plugin gets a child container, and of that only what it
 * names under `needs`.
 */
import "reflect-metadata";
import { type DependencyContainer, container as root } from "tsyringe";
import { Audit } from "./audit/audit.ts";
import { CurrentAudit } from "./audit/current.ts";
import { AgentVersion, Commands } from "./commands.ts";
import { AdminConfig } from "./config/admin-config.ts";
import { CommandRegistry } from "./dispatch/registry.ts";
import { GeneratedValidators, type GeneratedValidatorTable } from "./dispatch/validators.ts";
import { Log } from "./log.ts";
import { LogFile } from "./log-file.ts";
import { registerSystem } from "./os/system.ts";
import type { AnyPlugin } from "./plugin.ts";
import { type ListOrigins, qemuLists } from "./policy/qemu-lists.ts";
import { PolicyRules } from "./policy/rules.ts";
import { Settings } from "./settings.ts";
import { AgentState } from "./state.ts";
import { StateFile } from "./state-file.ts";
import { AgentStatistics } from "./statistics/agent-statistics.ts";
import { Holdings } from "./statistics/holdings.ts";
import { StatisticsReport } from "./statistics/report.ts";
import { Statistics } from "./statistics/statistics.ts";
import type { Token } from "./token.ts";
import { AGENT_VERSION } from "./version.ts";

/** What there is without settings: the operating system. Transports need no more to say what they are. */
export function systemContainer(): DependencyContainer {
  const container = root.createChildContainer();
  registerSystem(container);
  return container;
}

/** Everything that the agent runs on. */
export function agentContainer(
  system: DependencyContainer,
  { settings, admin, origins }: { readonly settings: Settings; readonly admin: AdminConfig; readonly origins?: ListOrigins },
  generated: GeneratedValidatorTable,
): DependencyContainer {
  system.register(AdminConfig.key, { useValue: admin });
  system.register(PolicyRules.key, { useValue: { ...admin.policy, ...qemuLists(settings, origins) } });
  system.register(Audit.key, { useToken: CurrentAudit });
  system.register(Settings.key, { useValue: settings });
  system.register(GeneratedValidators.key, { useValue: generated });
  system.register(AgentVersion.key, { useValue: AGENT_VERSION });
  system.register(Log.key, { useToken: LogFile });
  system.register(AgentState.key, { useToken: StateFile });
  system.register(Commands.key, { useToken: CommandRegistry });
  system.register(AgentStatistics.key, { useToken: StatisticsReport });
  system.register(Holdings.key, { useToken: Statistics });
  return system;
}

/**
 * What a plugin asked for.
 * @throws Error naming the plugin and what nobody provides.
 */
export function provide(plugin: AnyPlugin, container: DependencyContainer): Record<string, unknown> {
  const child = container.createChildContainer();
  const needs = Object.entries((plugin.needs ?? {}) as Record<string, Token<unknown>>);
  return Object.fromEntries(
    needs.map(([name, token]) => {
      if (!child.isRegistered(token.key, true)) {
        throw new Error(`plugin '${plugin.name}' needs '${token.name}', and no plugin and nothing in the agent provides it`);
      }
      return [name, child.resolve(token.key)];
    }),
  );
}
