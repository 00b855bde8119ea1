/** What the admin's rules say to one request, for `lodger policy explain`: by the same code as the gate of the agent. */
import { nearest } from "../config/nearest.ts";
import { originText } from "../config/problems.ts";
import { StartError } from "../config/start-error.ts";
import { ArgumentReader } from "../dispatch/arguments.ts";
import { readRequest } from "../dispatch/request.ts";
import { type GeneratedValidatorTable, loadValidators } from "../dispatch/validators.ts";
import { CommandError } from "../errors.ts";
import type { Confinement, Files } from "../os/ports.ts";
import type { AnyCommand } from "../plugin.ts";
import type { Look, Ruling } from "../policy/argument-rules.ts";
import { ruleText } from "../policy/limit-text.ts";
import { limitsOf } from "../policy/limits.ts";
import { type Decision, Policy } from "../policy/policy.ts";
import type { PolicyRules } from "../policy/rules.ts";
import type { Arguments } from "../policy/subject.ts";
import { printable } from "../printable.ts";
import { Framing, type Message } from "../protocol/framing.ts";
import type { JsonValue } from "../protocol/values.ts";
import { objectMembers } from "./json-text.ts";

export interface Question {
  readonly command: string;
  /** The arguments; undefined for whether it may run at all. */
  readonly json: string | undefined;
  readonly commands: readonly AnyCommand[];
  readonly rules: PolicyRules;
  readonly files: Pick<Files, "resolve">;
  readonly generated: GeneratedValidatorTable;
}

export interface Explained {
  readonly allowed: boolean;
  readonly text: string;
}

/** @throws StartError for a command that there isn't, and arguments that it doesn't take. */
export async function explain({ command: name, json, commands, rules, files, generated }: Question): Promise<Explained> {
  const command = commands.find((each) => each.name === name);
  if (command === undefined) {
    const like = nearest(
      name,
      commands.map((each) => each.name),
    );
    const hint = like === undefined ? "'lodger policy profiles' lists those that are built in" : `is '${like}' meant?`;
    throw new StartError(`there is no command '${name}'; ${hint}`);
  }
  const args = json === undefined ? undefined : await readArguments(command, json, generated);
  const policy = new Policy(rules);
  const decision = policy.decide(command);
  const looks: Look[] = [];
  const ruling =
    decision.allowed && args !== undefined && policy.looksAtArguments(command) ? await policy.rule(command, args, files, looks) : undefined;
  const decisive = ruling?.decision ?? decision;
  const lines = [
    `${name}: ${decisive.allowed ? "allowed" : "refused"}`,
    ...decisionLines(decisive),
    ...(decisive.allowed && args === undefined && policy.looksAtArguments(command)
      ? ["its arguments decide: give them as JSON to know more"]
      : []),
    ...looks.map(lookLine),
    ...handedOn(args, ruling),
    ...limitsOf(rules.limits, command).map((limit) => `limit at ${originText(limit.origin)}: ${ruleText(limit)}`),
    ...(command.whileFrozen ? [] : ["while file systems are frozen it is refused, whatever the rules say"]),
    ...(decisive.advice === undefined ? [] : [`to change it: ${decisive.advice}`]),
  ];
  const [first = "", ...others] = lines;
  return { allowed: decisive.allowed, text: [first, ...others.map((line) => `  ${line}`), ""].map(printable).join("\n") };
}

function decisionLines({ reason, origin }: Decision): string[] {
  return [
    `because ${reason}`,
    origin === undefined ? "no line of the configuration says so: it is the default" : `decided by ${originText(origin)}`,
  ];
}

function lookLine({ rule, side, text, holds }: Look): string {
  return `${holds ? "yes" : "no "} ${side}-if at ${originText(rule.origin)}: ${text}`;
}

/** What differs from what was given when the command runs. */
function handedOn(given: Arguments | undefined, ruling: Ruling | undefined): string[] {
  if (given === undefined || !ruling?.decision.allowed) return [];
  const changed = Object.keys(ruling.args).filter((name) => ruling.args[name] !== given[name]);
  return [
    ...changed.map((name) => `'${name}' is taken for ${JSON.stringify(ruling.args[name])}`),
    ...[...(ruling.confinements ?? [])].map(
      ([name, confinement]) => `'${name}' is held ${confinementText(confinement)} while it is opened`,
    ),
  ];
}

function confinementText({ inside, outside }: Confinement): string {
  const parts = [inside && `inside ${inside.join(", ")}`, outside && `outside ${outside.join(", ")}`];
  return parts.filter(Boolean).join(" and ");
}

/** As the agent reads a request. */
async function readArguments(command: AnyCommand, json: string, generated: GeneratedValidatorTable): Promise<Arguments> {
  const hint = `it has to be an object, like '{"path": "/etc/hostname"}'`;
  if (objectMembers(json) === undefined) throw new StartError(`the arguments are no JSON object: ${hint}`);
  const messages: Message[] = [];
  new Framing((message) => messages.push(message)).push(Buffer.from(`{"execute":${JSON.stringify(command.name)},"arguments":${json}}\n`));
  const [message] = messages;
  try {
    if (message === undefined || message.error !== undefined)
      throw message?.error ?? new StartError(`the arguments can't be read: ${hint}`);
    const validators = await loadValidators([command], generated);
    const { arguments: args } = readRequest(message.value as JsonValue);
    return new ArgumentReader(command.arguments, validators.get(command.name)).read(args, message.lent.length > 0);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    throw new StartError(`${command.name} doesn't take these arguments, whatever the rules say: ${error.message}`);
  }
}
