/** `lodger policy explain|profiles`: what the admin's rules say to a request, which line decides, and what to change. */
import { parseCommandLine } from "../config/command-line.ts";
import { Problems, problemText } from "../config/problems.ts";
import { adminConfig, parseStart, type RunStart } from "../config/start.ts";
import { StartError } from "../config/start-error.ts";
import { declaredCommands } from "../declared-commands.ts";
import { Files } from "../os/ports.ts";
import type { AnyCommand } from "../plugin.ts";
import { allRules } from "../policy/qemu-lists.ts";
import { printable } from "../printable.ts";
import { explain } from "./policy-explain.ts";
import { profilesText } from "./policy-profiles.ts";
import type { SubcommandInput } from "./subcommand.ts";

const HELP = `lodger policy explain COMMAND [JSON] [OPTION]...   what the admin's rules say to this request
lodger policy profiles                             the profiles, and which commands are in them

  COMMAND   for instance guest-exec
  JSON      its arguments, an object; without, only whether the command may run at all
  OPTION    the agent's, such as --lodger-config=FILE: start from the same as the agent does

Nothing is run. It says which line decided, what was looked at, and what to change. Run it as the
agent's user: rules on paths look where links lead. What limits have counted, only the agent knows.

The status is 0 if the request is allowed, 1 if it is refused, 2 if that can't be said.

Example: lodger policy explain guest-exec '{"path": "/usr/bin/df", "arg": ["-h"]}'
`;

const TRY_HELP = "try 'lodger policy --help'";
const [ALLOWED, REFUSED, MISUSE] = [0, 1, 2];

export async function policyCommand(input: SubcommandInput): Promise<number> {
  try {
    return await run(input);
  } catch (error) {
    if (!(error instanceof StartError)) throw error;
    for (const line of error.lines) process.stderr.write(`lodger: ${line}\n`);
    return MISUSE;
  }
}

async function run(input: SubcommandInput): Promise<number> {
  const { agent, args, program, write } = input;
  const { given, rest, failure } = parseCommandLine(program, args);
  if (given.some(({ option }) => option.name === "help")) {
    write(HELP);
    return ALLOWED;
  }
  if (failure !== undefined) throw failure;
  const [word, command, json, ...others] = rest;
  const isProfiles = word === "profiles" && command === undefined;
  if (!isProfiles && (word !== "explain" || command === undefined)) throw new StartError(`say what to explain: ${TRY_HELP}`);
  if (others.length > 0) throw new StartError(`too much behind '${json}': put the JSON into quotes`);
  const start = parseStart({ ...input, admin: await adminConfig(program, args) });
  if (start.action !== "run") throw new StartError(`only options that say where the configuration is make sense here: ${TRY_HELP}`);
  if (command === undefined) {
    write(profilesText(await allCommands(input, start)));
    return ALLOWED;
  }
  const files = agent.container.resolve<Files>(Files.key);
  const builtIn = agent.plugins.flatMap(declaredCommands);
  const isBuiltIn = builtIn.some(({ name }) => name === command);
  const commands = isBuiltIn ? builtIn : await allCommands(input, start);
  const { allowed, text } = await explain({ command, json, commands, rules: allRules(start), files, generated: agent.generated });
  write(text);
  return allowed ? ALLOWED : REFUSED;
}

/** Those of plugins from disk too, whose modules are loaded for it. What can't be used is said, and left out. */
async function allCommands({ agent }: SubcommandInput, { admin, settings }: RunStart): Promise<readonly AnyCommand[]> {
  const { checkPlugins } = await import("./config-plugins.ts");
  const problems = new Problems();
  const commands = await checkPlugins(agent, admin, settings, problems);
  for (const problem of problems.list) process.stderr.write(`lodger: ${printable(problemText(problem))}\n`);
  return commands;
}
