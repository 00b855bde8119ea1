/** Whether a command may run now: the admin's lists, and the frozen state over both. */
import { inject, singleton } from "tsyringe";
import type { AnyCommand } from "../plugin.ts";
import { Settings } from "../settings.ts";
import { AgentState } from "../state.ts";

@singleton()
export class Gate {
  private readonly blocked: ReadonlySet<string>;
  /** Empty: everything is allowed that is not blocked. */
  private readonly allowed: ReadonlySet<string>;
  private readonly state: AgentState;

  constructor(@inject(Settings.key) settings: Pick<Settings, "blockRpcs" | "allowRpcs">, @inject(AgentState.key) state: AgentState) {
    this.blocked = new Set(settings.blockRpcs);
    this.allowed = new Set(settings.allowRpcs);
    this.state = state;
  }

  isEnabled(command: AnyCommand): boolean {
    if (this.state.frozen && !command.whileFrozen) return false;
    if (this.blocked.has(command.name)) return false;
    return this.allowed.size === 0 || this.allowed.has(command.name);
  }
}
