/** Whether a command may run now, and with what: the admin's policy, and the frozen state over it. */
import { inject, singleton } from "tsyringe";
import { CommandError, type ErrorCode, failed } from "../errors.ts";
import { Files } from "../os/ports.ts";
import type { AnyCommand } from "../plugin.ts";
import type { Ruling } from "../policy/argument-rules.ts";
import { Limits } from "../policy/limits.ts";
import { type Decision, Policy } from "../policy/policy.ts";
import { PolicyRules } from "../policy/rules.ts";
import type { Arguments } from "../policy/subject.ts";
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

@singleton()
export class Gate {
  private readonly state: Pick<AgentState, "frozen">;
  private readonly files: Pick<Files, "resolve">;
  private policy: Policy;
  private limits: Limits;

  constructor(
    @inject(PolicyRules.key) rules: PolicyRules,
    @inject(AgentState.key) state: Pick<AgentState, "frozen">,
    @inject(Files.key) files: Pick<Files, "resolve">,
  ) {
    this.policy = new Policy(rules);
    this.limits = new Limits(rules.limits);
    this.state = state;
    this.files = files;
  }

  /** New rules, from the next request on. What limits have counted goes on for those that stay. */
  replace(rules: PolicyRules): void {
    this.policy = new Policy(rules);
    this.limits = new Limits(rules.limits, this.limits);
  }

  isEnabled(command: AnyCommand): boolean {
    return this.decide(command).allowed;
  }

  /** @returns what to answer if the command may not run now, whatever its arguments. */
  refusal(command: AnyCommand): Refused | undefined {
    const decision = this.decide(command);
    return decision.allowed ? undefined : disabled(command, decision);
  }

  /**
   * What the command is run with, if its arguments are allowed and no limit is reached: at once where nobody has to be asked.
   * @throws Refused
   */
  admit(command: AnyCommand, args: Arguments, context: RequestContext): Arguments | Promise<Arguments> {
    if (!this.policy.looksAtArguments(command)) return this.limited(command, args, context);
    const ruling = this.policy.rule(command, args, this.files);
    if (!(ruling instanceof Promise)) return this.ruled(command, ruling, context);
    return ruling.then((late) => {
      // Meanwhile others may have frozen, and its own client have given it up.
      const decision = this.decide(command);
      if (!decision.allowed) throw disabled(command, decision);
      if (context.signal.aborted) throw failed("the client has given this request up");
      return this.ruled(command, late, context);
    });
  }

  /** What holds for the command whatever its arguments. */
  decide(command: AnyCommand): Decision {
    return this.state.frozen && !command.whileFrozen ? FROZEN : this.policy.decide(command);
  }

  private ruled(command: AnyCommand, { decision, argument, args, confinements }: Ruling, context: RequestContext): Arguments {
    if (!decision.allowed) {
      const what = argument === undefined ? "these arguments" : Object.hasOwn(args, argument) ? `this '${argument}'` : `no '${argument}'`;
      throw new Refused("ARGUMENTS_REFUSED", { name: command.name, what }, decision);
    }
    context.record?.allowed(decision);
    const admitted = this.limited(command, args, context);
    for (const [name, confinement] of confinements ?? []) context.confine(name, confinement);
    return admitted;
  }

  private limited(command: AnyCommand, args: Arguments, context: RequestContext): Arguments {
    if (!this.limits.concerns(command)) return args;
    const admission = this.limits.admit(command, args, context.client);
    if ("limit" in admission) {
      throw new Refused("LIMIT_REACHED", { name: command.name, limit: admission.limit }, admission.decision);
    }
    context.afterAnswer(() => admission.release());
    context.answered = (result) => admission.answered(result);
    return args;
  }
}

function disabled({ name }: AnyCommand, decision: Decision): Refused {
  return new Refused("COMMAND_DISABLED", { name }, decision);
}
