/** What can be wrong with the admin's rules that only shows beside the commands that there are. Loaded only where there are rules. */
import { nearest } from "../config/nearest.ts";
import type { Problems } from "../config/problems.ts";
import type { AnyCommand } from "../plugin.ts";
import { checkCondition } from "./check-conditions.ts";
import { isPattern, matches } from "./pattern.ts";
import { checkProgramFile } from "./program-files.ts";
import type { ArgumentRule, NameRule, PolicyRules } from "./rules.ts";

/**
 * What no command could ever meet is an error; what may be meant, or may come with a plugin that isn't there yet, is a warning.
 * @param commands all that are declared, also those that this system doesn't support.
 */
export function checkPolicy(rules: PolicyRules, commands: readonly AnyCommand[], problems: Problems): void {
  const named = [...rules.allow, ...rules.block, ...[...rules.allowIf, ...rules.blockIf, ...rules.limits].flatMap((rule) => rule.commands)];
  for (const rule of named) checkName(rule, commands, problems);
  for (const rule of rules.block) warnOfSyncs(rule, commands, problems);
  for (const rule of rules.allow) warnOfNoEffect(rule, rules, commands, problems);
  for (const rule of rules.limits) warnOfUnlimited(rule.commands, commands, problems);
  for (const rule of rules.allowIf) checkRule(rule, "allow", commands, problems);
  for (const rule of rules.blockIf) checkRule(rule, "block", commands, problems);
}

/** Whether there is anything to check. */
export function hasRules({ allow, block, allowIf, blockIf, limits }: PolicyRules): boolean {
  return [allow, block, allowIf, blockIf, limits].some((rules) => rules.length > 0);
}

function ofName({ pattern }: NameRule, commands: readonly AnyCommand[]): readonly AnyCommand[] {
  return commands.filter(({ name }) => matches(pattern, name));
}

function checkName(rule: NameRule, commands: readonly AnyCommand[], problems: Problems): void {
  if (ofName(rule, commands).length > 0) return;
  const like = isPattern(rule.pattern)
    ? undefined
    : nearest(
        rule.pattern,
        commands.map(({ name }) => name),
      );
  const hint = like === undefined ? "check it, or the plugin that brings it" : `is '${like}' meant?`;
  problems.warning(rule.origin, `there is no command '${rule.pattern}'; ${hint}`);
}

function warnOfSyncs(rule: NameRule, commands: readonly AnyCommand[], problems: Problems): void {
  const syncs = ofName(rule, commands).filter(({ synchronizes }) => synchronizes);
  if (syncs.length === 0) return;
  const names = syncs.map(({ name }) => name).join(" and ");
  problems.warning(rule.origin, `'${rule.pattern}' blocks ${names}: most clients begin with one, and take the agent for dead`);
}

function warnOfNoEffect(
  rule: NameRule,
  { block, blockOnly, allowOnly, allowIf }: PolicyRules,
  commands: readonly AnyCommand[],
  problems: Problems,
): void {
  const found = ofName(rule, commands);
  if (found.length === 0) return;
  const blocked = [...block, ...blockOnly];
  const isBlocked = ({ name }: AnyCommand) => blocked.some(({ pattern }) => matches(pattern, name));
  const isUnlisted = ({ name }: AnyCommand) => allowOnly.length > 0 && !allowOnly.some(({ pattern }) => pattern === name);
  const isConditional = ({ name }: AnyCommand) =>
    allowIf.some(({ commands: names }) => names.some(({ pattern }) => matches(pattern, name)));
  const without = (why: string) => problems.warning(rule.origin, `'${rule.pattern}' has no effect here: ${why}`);
  if (found.every(isBlocked)) without("all that it names is blocked, and a block always wins");
  else if (found.every(isUnlisted)) without("qemu-ga's allow-rpcs doesn't name it, and only what it names is allowed");
  else if (!isPattern(rule.pattern) && found.some(isConditional)) without("an allow-if names it too, so one of those has to match");
}

function warnOfUnlimited(names: readonly NameRule[], commands: readonly AnyCommand[], problems: Problems): void {
  for (const rule of names) {
    const [command] = isPattern(rule.pattern) ? [] : ofName(rule, commands);
    if (command?.synchronizes || command?.thaws)
      problems.warning(rule.origin, `${command.name} is never limited: a client, or the guest, would be left stuck`);
  }
}

function checkRule(rule: ArgumentRule, side: "allow" | "block", commands: readonly AnyCommand[], problems: Problems): void {
  const found = commands.filter(({ name }) => rule.commands.some(({ pattern }) => matches(pattern, name)));
  for (const condition of rule.conditions) {
    if (found.length > 0) checkCondition(condition, side, found, problems);
    if (condition.condition.kind !== "program") continue;
    if (side === "allow") for (const path of condition.condition.paths) checkProgramFile(path, condition.origin, problems);
    else
      problems.warning(
        condition.origin,
        "what is blocked by its path can be run by another: a copy, a shell; an allow-if with the programs that may run is safe",
      );
  }
}
