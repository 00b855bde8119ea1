/** The admin's rules as a decision on a command. */
import type { Origin } from "../config/problems.ts";
import type { AnyCommand } from "../plugin.ts";
import type { PolicyRules } from "./rules.ts";

/** What was decided, and why: for the gate, `lodger policy explain` and the audit alike. */
export interface Decision {
  readonly allowed: boolean;
  /** A sentence for the admin. */
  readonly reason: string;
  /** The line that decided; undefined where nothing was written and a default did. */
  readonly origin?: Origin;
  /** What to change for the opposite. */
  readonly advice?: string;
}

export class Policy {
  readonly rules: PolicyRules;
  readonly #blocked: ReadonlyMap<string, Origin>;
  readonly #only: ReadonlyMap<string, Origin>;

  constructor(rules: PolicyRules) {
    this.rules = rules;
    this.#blocked = new Map(rules.blockOnly.map(({ pattern, origin }) => [pattern, origin]));
    this.#only = new Map(rules.allowOnly.map(({ pattern, origin }) => [pattern, origin]));
  }

  /** Whether the command may run at all, whatever its arguments. */
  decide(command: Pick<AnyCommand, "name">): Decision {
    const blocked = this.#blocked.get(command.name);
    if (blocked !== undefined) return { allowed: false, reason: `${command.name} is blocked`, origin: blocked };
    if (this.#only.size === 0) return { allowed: true, reason: "nothing forbids it" };
    const allowed = this.#only.get(command.name);
    if (allowed !== undefined) return { allowed: true, reason: `${command.name} is allowed`, origin: allowed };
    return { allowed: false, reason: `only other commands are allowed` };
  }
}
