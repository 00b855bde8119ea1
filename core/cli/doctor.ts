/** `lodger doctor`: looks at all that an agent needs, and says what to do. It changes nothing. */
import { parseCommandLine } from "../config/command-line.ts";
import { agentContainer, provide } from "../container.ts";
import { Gate } from "../dispatch/gate.ts";
import type { FreezePlan, PluginState, Subject } from "../doctor/check.ts";
import { type Checked, examine } from "../doctor/checks.ts";
import { Denied, type Machine, thisMachine } from "../doctor/machine.ts";
import { agents } from "../doctor/processes.ts";
import { builtInHost } from "../extension/host.ts";
import { Log } from "../log.ts";
import { call } from "./call.ts";
import { checkConfiguration } from "./config-check.ts";
import { doctorText, statusOf } from "./doctor-text.ts";
import { shownFreeze } from "./freeze.ts";
import type { SubcommandInput } from "./subcommand.ts";

const HELP = `lodger doctor [--json] [OPTION]...: looks in the guest at all that the agent needs, and says what is wrong
and what to do: the port and who has it, other agents, the service, the configuration, plugins, the state
folder, a freeze, clock, memory, SELinux, AppArmor, the kernel, and whether the agent lives.

It changes nothing; plugins from disk are loaded, as by 'lodger config check'. Without root it looks at what it
may, and names the rest. Without OPTIONs it takes those of the agent that runs, if there is one.

      --json    for programs
  -c, --config, and all other options: as the agent takes them

Its status is 0 if all is well, 1 with a warning, 2 with a problem.

Example: lodger doctor || lodger doctor --json >report.json
`;

const TROUBLE = 2;
const PING_SECONDS = 5;

/** @returns 0 if all is well, 1 with a warning, 2 with a problem. */
export function doctorCommand(input: SubcommandInput): Promise<number> {
  return doctor(input, thisMachine);
}

export async function doctor(input: SubcommandInput, machine: Machine): Promise<number> {
  if (input.args.includes("--help") || input.args.includes("-h")) {
    input.write(HELP);
    return 0;
  }
  const given = input.args.filter((each) => each !== "--json");
  const { failure, rest } = parseCommandLine(input.program, given);
  if (failure !== undefined || rest.length > 0) {
    process.stderr.write(`lodger: ${failure?.message ?? `doctor takes no '${rest[0]}'`}: try 'lodger doctor --help'\n`);
    return TROUBLE;
  }
  const { args, of } = given.length > 0 ? { args: given, of: undefined } : optionsOfAgent(machine);
  const results = await examine(await subject({ ...input, args }, machine));
  input.write(input.args.includes("--json") ? json(results, args) : doctorText(results, of));
  return statusOf(results);
}

/** What it was started with says where its configuration is. */
function optionsOfAgent(machine: Machine): { readonly args: readonly string[]; readonly of: number | undefined } {
  try {
    const [agent, ...others] = agents(machine);
    if (agent && others.length === 0) return { args: agent.args, of: agent.pid };
  } catch (error) {
    if (!(error instanceof Denied)) throw error;
  }
  return { args: [], of: undefined };
}

async function subject(input: SubcommandInput, machine: Machine): Promise<Subject> {
  const { settings, admin, ...configuration } = await checkConfiguration(input);
  return {
    machine,
    settings,
    configuration,
    plugins: () => plugins(input),
    commands: () => commands(input, { settings, admin }),
    plan: async () => {
      if (machine.platform !== "linux") return undefined;
      return JSON.parse(await shownFreeze({ ...input, args: ["--dry-run", "--json", ...input.args] })) as FreezePlan;
    },
    ping,
  };
}

/** Those that are not the agent's own. */
async function plugins(input: SubcommandInput): Promise<readonly PluginState[]> {
  const { listPlugins } = await import("./plugin/list.ts");
  let text = "";
  const write = (more: string) => {
    text += more;
  };
  await listPlugins({ ...input, args: ["--json", ...input.args], write });
  const listed = JSON.parse(text) as { readonly plugins: readonly (PluginState & { readonly kind: string })[] };
  return listed.plugins.filter(({ kind }) => kind !== "built-in");
}

/** Those of the agent's own. */
async function commands({ agent }: SubcommandInput, start: Parameters<typeof agentContainer>[1]) {
  const container = agentContainer(agent.container, start, agent.generated);
  const log = container.resolve<Log>(Log.key);
  const all = agent.plugins.flatMap((plugin) => plugin.commands?.(provide(plugin, container), builtInHost(plugin, log)) ?? []);
  const unsupported = new Map<string, string>();
  for (const { name, supported } of all) {
    const answer = (await supported?.()) ?? true;
    if (answer !== true) unsupported.set(name, answer);
  }
  const gate = container.resolve(Gate);
  const refused = all.filter((command) => !gate.isEnabled(command)).map(({ name }) => name);
  return { count: all.length, unsupported, refused };
}

async function ping(target: string): Promise<string | undefined> {
  let complaint = "";
  const nobody = { write: () => undefined };
  const told = { write: (text: string) => (complaint += text) };
  const status = await call([target, "guest-ping", `--timeout=${PING_SECONDS}`], { stdin: process.stdin, stdout: nobody, stderr: told });
  return status === 0 ? undefined : complaint.trim().replace(/^lodger: /, "");
}

function json(results: readonly Checked[], args: readonly string[]): string {
  return `${JSON.stringify({ options: args, status: statusOf(results), checks: results }, undefined, 2)}\n`;
}
