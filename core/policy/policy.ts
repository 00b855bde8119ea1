/**
 * The admin's rules as decisions: on a command whatever its arguments, and on a request. What blocks comes first, then qemu-ga's list of what
 * is allowed, then what allows for some arguments, by name, or by profile.
 */
import type { Files } from "../os/ports.ts";
import type { AnyCommand } from "../plugin.ts";
import { type CommandArgumentRules, type Look, type Ruling, rule } from "./argument-rules.ts";
import type { Decision } from "./decision.ts";
import { matches } from "./pattern.ts";
import { Places } from "./places.ts";
import { isInProfile, profileOf } from "./profiles.ts";
import type { NameRule, PolicyRules } from "./rules.ts";
import { type Arguments, type Declared, declared } from "./subject.ts";

export type { Decision } from "./decision.ts";

/** What the rules say on one command. */
interface CommandRules extends CommandArgumentRules {
  readonly decision: Decision;
  readonly declared: Declared;
}

export class Policy {
  readonly rules: PolicyRules;
  readonly #commands = new WeakMap<AnyCommand, CommandRules>();

  constructor(rules: PolicyRules) {
    this.rules = rules;
  }

  /** Whether the command may run at all; where only some arguments are allowed, it may. */
  decide(command: AnyCommand): Decision {
    return this.#of(command).decision;
  }

  /** Whether there are rules on the command's arguments. */
  looksAtArguments(command: AnyCommand): boolean {
    const { allowIf, blockIf } = this.#of(command);
    return allowIf.length > 0 || blockIf.length > 0;
  }

  /**
   * Decides on a request of a command that may run: at once where no disk has to be asked.
   * @param looks takes what was looked at, where somebody wants to know.
   */
  rule(command: AnyCommand, args: Arguments, files: Pick<Files, "resolve">, looks?: Look[]): Ruling | Promise<Ruling> {
    const rules = this.#of(command);
    const places = new Places();
    const decide = () => {
      if (looks !== undefined) looks.length = 0;
      return rule(command.name, args, rules, rules.declared, places, looks);
    };
    const ruling = decide();
    return places.incomplete ? completed(decide, places, files) : ruling;
  }

  #of(command: AnyCommand): CommandRules {
    let rules = this.#commands.get(command);
    if (rules === undefined) {
      rules = this.#compile(command);
      this.#commands.set(command, rules);
    }
    return rules;
  }

  #compile(command: AnyCommand): CommandRules {
    const named = ({ commands }: { readonly commands: readonly NameRule[] }) => find(commands, command.name) !== undefined;
    const allowIf = this.rules.allowIf.filter(named);
    const blockIf = this.rules.blockIf.filter(named);
    return { decision: this.#decide(command, { allowIf, blockIf }), allowIf, blockIf, declared: declared(command) };
  }

  #decide(command: AnyCommand, { allowIf, blockIf }: CommandArgumentRules): Decision {
    const { name } = command;
    const { blockOnly, allowOnly, block, allow } = this.rules;
    const listed = blockOnly.find(({ pattern }) => pattern === name) ?? find(block, name);
    const always = blockIf.find(({ conditions }) => conditions.length === 0);
    const blocked = listed?.origin ?? always?.origin;
    if (blocked !== undefined) return { allowed: false, reason: `${name} is blocked`, origin: blocked, advice: advice.unblock(listed) };
    const only = allowOnly.find(({ pattern }) => pattern === name);
    const [list] = allowOnly;
    if (list !== undefined && only === undefined) {
      return { allowed: false, reason: "only other commands are allowed", origin: list.origin, advice: `add ${name} to the list` };
    }
    const [condition] = allowIf;
    if (condition !== undefined) return { allowed: true, reason: `${name} is allowed for some arguments`, origin: condition.origin };
    const allowed = find(allow, name);
    if (allowed !== undefined) return { allowed: true, reason: `${name} is allowed`, origin: allowed.origin };
    return this.#byProfile(command, only);
  }

  #byProfile(command: AnyCommand, only: NameRule | undefined): Decision {
    const { profiles, allow, allowIf } = this.rules;
    const { name } = command;
    const smallest = profileOf(command);
    const lacking = profiles.find(({ profile }) => !isInProfile(command, profile));
    if (lacking !== undefined) {
      const reason = `${name} is not in the profile '${lacking.profile}', only in '${smallest}'${smallest === "full" ? "" : " and above"}`;
      return { allowed: false, reason, origin: lacking.origin, advice: `add '${name}' to allow, or choose the profile '${smallest}'` };
    }
    const [profile] = profiles;
    if (profile !== undefined) return { allowed: true, reason: `${name} is in the profile '${profile.profile}'`, origin: profile.origin };
    const [first] = [...allow, ...allowIf];
    if (first !== undefined && !isInProfile(command, "none")) {
      const reason = `something is allowed by name and there is no profile, so only what is named is allowed`;
      return { allowed: false, reason, origin: first.origin, advice: `add '${name}' to allow, or a profile` };
    }
    if (only !== undefined) return { allowed: true, reason: `${name} is allowed`, origin: only.origin };
    return { allowed: true, reason: "nothing forbids it" };
  }
}

async function completed(decide: () => Ruling, places: Places, files: Pick<Files, "resolve">): Promise<Ruling> {
  for (;;) {
    // Each round asks for paths that none before has, and there are only so many.
    await places.lookUp(files);
    const ruling = decide();
    if (!places.incomplete) return ruling;
  }
}

function find(rules: readonly NameRule[], name: string): NameRule | undefined {
  return rules.find(({ pattern }) => matches(pattern, name));
}

const advice = {
  unblock(rule: NameRule | undefined): string {
    const what = rule === undefined ? "the rule" : `'${rule.pattern}'`;
    return `remove ${what} there, or make it narrower: nothing else can allow what is blocked`;
  },
};
