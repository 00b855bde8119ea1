/** The rules on arguments as a decision on one request. Nothing here waits: what the disk has to say is in `Places`, or missing there. */
import type { Confinement } from "../os/ports.ts";
import { asksDisk, conditionText, holds, type Side } from "./conditions.ts";
import type { Decision } from "./decision.ts";
import { confinements } from "./folders.ts";
import type { Places } from "./places.ts";
import { listedProgram } from "./programs.ts";
import type { ArgumentRule } from "./rules.ts";
import { type Arguments, argumentValue, type Declared, isGiven } from "./subject.ts";

/** The rules that name a command. */
export interface CommandArgumentRules {
  readonly allowIf: readonly ArgumentRule[];
  readonly blockIf: readonly ArgumentRule[];
}

/** What was decided on a request. */
export interface Ruling {
  readonly decision: Decision;
  /** The argument that it was refused for; undefined if it was allowed, or if there are several. */
  readonly argument?: string;
  /** What the command is run with. */
  readonly args: Arguments;
  /** What its paths are held to. */
  readonly confinements?: ReadonlyMap<string, Confinement> | undefined;
}

/** One look at a condition, for who explains. */
export interface Look {
  readonly rule: ArgumentRule;
  readonly side: Side;
  readonly text: string;
  readonly holds: boolean;
}

/** @param looks takes what was looked at, where somebody wants to know. */
export function rule(
  command: string,
  args: Arguments,
  { allowIf, blockIf }: CommandArgumentRules,
  declared: Declared,
  places: Places,
  looks?: Look[],
): Ruling {
  const blocking = (subject: Arguments) => blockIf.find((one) => failures(one, "block", subject, declared, places, looks).length === 0);
  const blocked = blocking(args);
  if (blocked !== undefined) return refusedBy(command, blocked, args);
  let ruled = args;
  let matching: readonly ArgumentRule[] = [];
  if (allowIf.length > 0) {
    const tried = allowIf.map((one) => ({ one, failed: failures(one, "allow", args, declared, places, looks) }));
    matching = tried.filter(({ failed }) => failed.length === 0).map(({ one }) => one);
    if (matching.length === 0) return unmatched(command, tried, args);
    ruled = withListedPrograms(args, matching, declared, places);
    const blockedThen = ruled === args ? undefined : blocking(ruled);
    if (blockedThen !== undefined) return refusedBy(command, blockedThen, args);
  }
  const exceptFor = (one: ArgumentRule, argument: string) =>
    one.conditions.every(
      ({ argument: name, condition }) =>
        (name === argument && condition.kind === "inside") || holds(condition, argumentValue(ruled, name, declared), "block", places),
    );
  const [first] = matching;
  return {
    decision:
      first === undefined
        ? { allowed: true, reason: `no block-if that names ${command} matches` }
        : { allowed: true, reason: `an allow-if for ${command} matches`, origin: first.origin },
    args: ruled,
    confinements: confinements(matching, blockIf, exceptFor, places),
  };
}

/** @returns the arguments of the conditions that don't hold; none if the rule matches. */
function failures(one: ArgumentRule, side: Side, args: Arguments, declared: Declared, places: Places, looks?: Look[]): string[] {
  const failed: string[] = [];
  const look = (argument: string, text: string, isTrue: boolean) => {
    looks?.push({ rule: one, side, text, holds: isTrue });
    if (!isTrue) failed.push(argument);
  };
  if (side === "allow") {
    for (const name of unruledEnvironments(one, declared))
      look(name, `'${name}' is absent, as the rule on a program says nothing of it`, !isGiven(args, name));
  }
  const test = ({ argument, condition }: ArgumentRule["conditions"][number]) =>
    look(argument, `'${argument}' ${conditionText(condition)}`, holds(condition, argumentValue(args, argument, declared), side, places));
  for (const each of one.conditions) if (!asksDisk(each.condition)) test(each);
  // The disk is asked only if everything hangs on its answer.
  if (failed.length === 0) for (const each of one.conditions) if (asksDisk(each.condition)) test(each);
  return failed;
}

/** LD_PRELOAD makes any program into another: where the program is ruled, its environment has to be, by the same rule. */
function unruledEnvironments({ conditions }: ArgumentRule, { environments }: Declared): readonly string[] {
  if (environments.length === 0 || !conditions.some(({ condition }) => condition.kind === "program")) return [];
  return environments.filter((name) => !conditions.some(({ argument }) => argument === name));
}

/** Each program as one of the matching rules has it: as it was given if that is one, else the first of them in the order of letters. */
function withListedPrograms(args: Arguments, matching: readonly ArgumentRule[], declared: Declared, places: Places): Arguments {
  const listed = new Map<string, string[]>();
  for (const { conditions } of matching) {
    for (const { argument, condition } of conditions) {
      if (condition.kind === "program") listed.set(argument, [...(listed.get(argument) ?? []), ...condition.paths]);
    }
  }
  let ruled = args;
  for (const [argument, paths] of listed) {
    const given = argumentValue(args, argument, declared);
    const meant = Array.isArray(given) ? given.map((item) => program(item, paths, places)) : program(given, paths, places);
    if (meant !== given) ruled = { ...ruled, [argument]: meant };
  }
  return ruled;
}

function program(given: unknown, paths: readonly string[], places: Places): unknown {
  return typeof given === "string" ? (listedProgram(given, paths, places) ?? given) : given;
}

function refusedBy(command: string, one: ArgumentRule, args: Arguments): Ruling {
  const [condition, ...more] = one.conditions;
  const text = one.conditions.map((each) => `'${each.argument}' ${conditionText(each.condition)}`).join(" and ");
  return {
    decision: {
      allowed: false,
      reason: `${command} is blocked where ${text}`,
      origin: condition !== undefined && more.length === 0 ? condition.origin : one.origin,
      advice: "change or remove this block-if: nothing else can allow what it blocks",
    },
    args,
    ...(condition !== undefined && more.length === 0 ? { argument: condition.argument } : {}),
  };
}

function unmatched(
  command: string,
  tried: readonly { readonly one: ArgumentRule; readonly failed: readonly string[] }[],
  args: Arguments,
): Ruling {
  const least = Math.min(...tried.map(({ failed }) => failed.length));
  const closest = tried.filter(({ failed }) => failed.length === least);
  const names = new Set(closest.flatMap(({ failed }) => failed));
  const [name, ...others] = names;
  const [{ one } = { one: undefined }] = closest;
  const count =
    tried.length === 1 ? "the allow-if that names it doesn't match" : `none of the ${tried.length} allow-if that name it matches`;
  return {
    decision: {
      allowed: false,
      reason: `${command} is allowed for some arguments, but not these: ${count}, because of ${[...names].map((each) => `'${each}'`).join(", ")}`,
      ...(one === undefined ? {} : { origin: one.conditions.find(({ argument }) => names.has(argument))?.origin ?? one.origin }),
      advice: "change a condition of that rule, or add an [[policy.allow-if]] that matches these arguments",
    },
    args,
    ...(name !== undefined && others.length === 0 ? { argument: name } : {}),
  };
}
