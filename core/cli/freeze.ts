/** `lodger freeze --dry-run`: what a freeze would do here, without doing anything. */

import { NO_ADMIN_CONFIG } from "../config/admin-config.ts";
import { FREEZE_OPTIONS } from "../config/freeze-options.ts";
import { adminConfig, parseStart } from "../config/start.ts";
import { StartError } from "../config/start-error.ts";
import { agentContainer, provide } from "../container.ts";
import { RequestContext } from "../dispatch/context.ts";
import { builtInHost } from "../extension/host.ts";
import { Log } from "../log.ts";
import { ScratchPool } from "../protocol/scratch.ts";
import { freezeTable, type ShownPlan } from "./freeze-table.ts";
import type { SubcommandInput } from "./subcommand.ts";

/** The command that knows. */
export const PLAN_COMMAND = "guest-lodger-freeze-plan";

/** What it returns. */
interface AnsweredPlan {
  readonly freeze: readonly {
    readonly device: string;
    readonly name?: string;
    readonly type: string;
    readonly mountpoints: readonly string[];
    readonly why: string;
  }[];
  readonly "left-out": readonly { readonly mountpoint: string; readonly type: string; readonly reason: string }[];
}

export interface FreezeCall {
  readonly all: boolean;
  readonly json: boolean;
  /** The rest: the agent's own options, which say where its configuration is. */
  readonly options: readonly string[];
}

/**
 * @param args what follows the word `freeze`.
 * @returns "help", or what to print.
 * @throws StartError if it is not said that nothing shall freeze.
 */
export function parseFreeze(args: readonly string[]): FreezeCall | "help" {
  const own = new Set(["--dry-run", "--all", "--json"]);
  if (args.includes("--help") || args.includes("-h")) return "help";
  if (!args.includes("--dry-run")) {
    throw new StartError("lodger freeze only shows what would freeze: add --dry-run; a client freezes, with guest-fsfreeze-freeze");
  }
  return { all: args.includes("--all"), json: args.includes("--json"), options: args.filter((each) => !own.has(each)) };
}

export async function freezeCommand(input: SubcommandInput): Promise<number> {
  input.write(await shownFreeze(input));
  return 0;
}

/**
 * @param input what a start would be made of, its arguments being those behind the word `freeze`.
 * @returns the text to print.
 * @throws StartError for arguments or a configuration that can't be used.
 */
export async function shownFreeze(input: SubcommandInput): Promise<string> {
  const { container, plugins, generated } = input.agent;
  const call = parseFreeze(input.args);
  if (call === "help") return freezeHelp();
  // As if the settings were to be printed: for these no channel has to be there.
  const args = [...call.options, "--dump-conf"];
  const start = parseStart({ ...input, args, admin: await adminConfig(input.program, args) });
  if (start.action !== "dump") throw new StartError("lodger freeze --dry-run takes the agent's options for settings only: see --help");
  const agent = agentContainer(container, { settings: start.settings, admin: NO_ADMIN_CONFIG }, generated);
  const log = agent.resolve<Log>(Log.key);
  const command = plugins
    .flatMap((plugin) => plugin.commands?.(provide(plugin, agent), builtInHost(plugin, log)) ?? [])
    .find(({ name }) => name === PLAN_COMMAND);
  if (command === undefined) throw new StartError("this system has nothing that could be frozen");
  const context = new RequestContext(log, new ScratchPool(), { peer: "lodger freeze", connection: 0 });
  const plan = (await command.run({}, context)) as AnsweredPlan;
  return call.json ? `${JSON.stringify(plan, undefined, 2)}\n` : freezeTable(shown(plan), { all: call.all });
}

function shown(plan: AnsweredPlan): ShownPlan {
  return {
    freeze: plan.freeze.map(({ mountpoints, ...rest }) => ({ ...rest, mountPoints: mountpoints.map((mountPoint) => ({ mountPoint })) })),
    leftOut: plan["left-out"].map(({ mountpoint, ...rest }) => ({ ...rest, mountPoint: mountpoint })),
  };
}

/** For `lodger freeze --help`. */
export function freezeHelp(): string {
  const options = FREEZE_OPTIONS.map(({ name, value, about, default: fallback }) => {
    const spelling = `--${name}${value === undefined ? "" : `=${value}`}`;
    return `  ${spelling.padEnd(32)} ${about}${fallback === undefined ? "" : ` (${fallback})`}`;
  });
  return `lodger freeze --dry-run [OPTION]...: shows what guest-fsfreeze-freeze would freeze here, in which
order and why, and what it leaves out. Nothing is frozen.

      --all       name every mount, not only the first few of a kind
      --json      as guest-lodger-freeze-plan answers it
  -c, --config    and the options below: as the agent takes them

Options of the agent around a freeze, also keys of its configuration file:
${options.join("\n")}
`;
}
