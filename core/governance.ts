/** What the admin rules the agent by: audit, policy and plugins, from the start to the end, and read again in between. */
import type { DependencyContainer } from "tsyringe";
import { CurrentAudit } from "./audit/current.ts";
import type { RunStart, Start } from "./config/start.ts";
import { declaredCommands } from "./declared-commands.ts";
import { Gate } from "./dispatch/gate.ts";
import { CommandRegistry } from "./dispatch/registry.ts";
import { Plugins } from "./extension/plugins.ts";
import { LogFile } from "./log-file.ts";
import type { AnyCommand, Transport } from "./plugin.ts";
import { checkRules } from "./policy/check-rules.ts";
import { allRules } from "./policy/qemu-lists.ts";
import { reloadWhenAsked } from "./process/reload.ts";
import type { AgentEnvironment } from "./run.ts";
import type { Settings } from "./settings.ts";
import { StateFile } from "./state-file.ts";

/** What of the second in which the agent ends all plugins have to stop. */
const STOPPING_MS = 400;

export class Governance {
  readonly #container: DependencyContainer;
  readonly #environment: AgentEnvironment;
  readonly #audit: CurrentAudit;
  readonly #plugins: Plugins;

  /** @param container of the agent, with everything in it. */
  constructor(container: DependencyContainer, environment: AgentEnvironment, settings: Settings) {
    this.#container = container;
    this.#environment = environment;
    this.#audit = container.resolve(CurrentAudit);
    this.#plugins = new Plugins({ container, builtIn: environment.plugins, bundled: environment.bundled, settings });
  }

  /**
   * From here on a reload is possible; plugins run, or go on starting.
   * @param read reads the configuration again.
   * @throws StartError naming what can't be gone by.
   */
  async begin(start: RunStart, read: () => Promise<Start>): Promise<void> {
    const { admin } = start;
    const audit = this.#audit;
    const gate = this.#container.resolve(Gate);
    await audit.apply(admin, allRules(start));
    reloadWhenAsked({
      started: start,
      read,
      log: this.#container.resolve(LogFile),
      state: this.#container.resolve(StateFile),
      refused: (lines) => audit.refusedConfig(lines),
      // The policy before the plugins: what it forbids must not wait until the last of them has started.
      parts: [
        { name: "audit", check: (config) => audit.check(config), apply: (config, now) => audit.apply(config, allRules(now)) },
        { name: "policy", check: (_, now) => this.#checkRules(now), apply: (_, now) => gate.replace(allRules(now)) },
        this.#plugins,
      ],
    });
    await this.#plugins.start(admin);
    await this.#checkRules(start);
  }

  /** @returns a transport of a plugin's. */
  transport(name: string): Promise<Transport | undefined> {
    return this.#plugins.transport(name);
  }

  /** For the audit: something ended a frozen state while no agent ran. */
  thawedBefore(by: string): void {
    this.#audit.event("thawed", { by });
  }

  /** Never rejects. */
  async end(): Promise<void> {
    await this.#plugins.stop(STOPPING_MS);
    await this.#audit.close();
  }

  async #checkRules(start: RunStart): Promise<void> {
    if (start.admin.files.length > 0) await checkRules(allRules(start), this.#commands(), this.#container.resolve(LogFile));
  }

  /** Also those that this system doesn't support: a rule on one of them is no mistake. */
  #commands(): readonly AnyCommand[] {
    const running = this.#container
      .resolve(CommandRegistry)
      .all()
      .map(({ definition }) => definition);
    const declared = this.#environment.plugins.flatMap(declaredCommands);
    return [...new Map([...declared, ...running].map((each) => [each.name, each])).values()];
  }
}
