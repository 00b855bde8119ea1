/** Whether a command may run now: the admin's policy, and the frozen state over it. */
import { inject, singleton } from "tsyringe";
import { CommandError, type ErrorCode } from "../errors.ts";
import type { AnyCommand } from "../plugin.ts";
import { type Decision, Policy } from "../policy/policy.ts";
import { PolicyRules } from "../policy/rules.ts";
import { AgentState } from "../state.ts";
import type { RequestContext } from "./context.ts";

/** The answer to what isn't allowed, with what decided. */
export class Refused extends CommandError {
  readonly decision: Decision;

  constructor(code: ErrorCode, values: Readonly<Record<string, string>>, decision: Decision) {
    super(code, values);
    this.decision = decision;
  }
}

const FROZEN: Decision = { allowed: false, reason: "file systems are frozen, and this command could write to them" };

type Arguments = Record<string, unknown>;

@singleton()
export class Gate {
  private readonly state: Pick<AgentState, "frozen">;
  private policy: Policy;

  constructor(@inject(PolicyRules.key) rules: PolicyRules, @inject(AgentState.key) state: Pick<AgentState, "frozen">) {
    this.policy = new Policy(rules);
    this.state = state;
  }

  /** New rules, from the next request on. */
  replace(rules: PolicyRules): void {
    this.policy = new Policy(rules);
  }

  isEnabled(command: AnyCommand): boolean {
    return this.refusal(command) === undefined;
  }

  /** @returns what to answer if the command may not run now, whatever its arguments. */
  refusal(command: AnyCommand): Refused | undefined {
    const decision = this.state.frozen && !command.whileFrozen ? FROZEN : this.policy.decide(command);
    return decision.allowed ? undefined : new Refused("COMMAND_DISABLED", { name: command.name }, decision);
  }

  /**
   * What the command is run with, if its arguments are allowed and no limit is reached: at once where nobody has to be asked.
   * @throws Refused
   */
  admit(_command: AnyCommand, args: Arguments, _context: RequestContext): Arguments | Promise<Arguments> {
    return args;
  }
}
