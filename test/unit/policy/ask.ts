/** Rules from TOML, and what they say to requests of the built-in commands. */
import { Problems, problemText } from "../../../core/config/problems.ts";
import { parseToml } from "../../../core/config/toml.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { LinuxFiles } from "../../../core/os/linux/files.ts";
import type { AnyCommand, Confinement } from "../../../core/plugin.ts";
import type { Decision } from "../../../core/policy/decision.ts";
import { Policy } from "../../../core/policy/policy.ts";
import { readPolicy } from "../../../core/policy/read-policy.ts";
import type { PolicyRules } from "../../../core/policy/rules.ts";
import type { Arguments } from "../../../core/policy/subject.ts";
import { builtInPlugins } from "../../../plugins/index.ts";

export const COMMANDS: readonly AnyCommand[] = builtInPlugins.flatMap(declaredCommands);

export function commandOf(name: string): AnyCommand {
  const found = COMMANDS.find((command) => command.name === name);
  if (found === undefined) throw new Error(`there is no command ${name}`);
  return found;
}

/** @param texts what stands below `[policy]` of each file, which begins in line 1. */
export function read(...texts: readonly string[]): { readonly rules: PolicyRules; readonly problems: Problems } {
  const problems = new Problems();
  const tables = texts.flatMap((text, index) => parseToml(Buffer.from(text), `${index + 1}.toml`, problems) ?? []);
  return { rules: readPolicy(tables, problems), problems };
}

/** The keys of `[policy]` at the top; `[[allow-if]]` and the like are tables of it. @throws Error for what is wrong. */
export function rulesOf(...texts: readonly string[]): PolicyRules {
  const { rules, problems } = read(...texts);
  if (problems.errors.length > 0) throw new Error(problems.errors.map(problemText).join("\n"));
  return rules;
}

export interface Asked {
  readonly decision: Decision;
  readonly args: Arguments;
  readonly confinements: Readonly<Record<string, Confinement>>;
}

/** As the gate asks, without the frozen state and limits. */
export async function ask(
  policy: Policy,
  command: AnyCommand,
  args: Arguments,
  files: { resolve(path: string): Promise<string> } = new LinuxFiles(),
): Promise<Asked> {
  const decision = policy.decide(command);
  if (!decision.allowed || !policy.looksAtArguments(command)) return { decision, args, confinements: {} };
  const ruling = await policy.rule(command, args, files);
  return { decision: ruling.decision, args: ruling.args, confinements: Object.fromEntries(ruling.confinements ?? []) };
}

export async function isAllowed(rules: PolicyRules, command: string, args: Arguments = {}): Promise<boolean> {
  return (await ask(new Policy(rules), commandOf(command), args)).decision.allowed;
}
