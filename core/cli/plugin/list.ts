/** `lodger plugin list`: plugins with their commands and how they do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Problems } from "../../config/problems.ts";
import { StartError } from "../../config/start-error.ts";
import { agentContainer } from "../../container.ts";
import { declaredCommands } from "../../declared-commands.ts";
import type { PluginStatus } from "../../extension/source.ts";
import type { AnyPlugin } from "../../plugin.ts";
import type { Settings } from "../../settings.ts";
import type { SubcommandInput } from "../subcommand.ts";
import { builtInCommands } from "./built-in-commands.ts";
import { pluginTable } from "./plugin-table.ts";
import { type PluginSurroundings, surroundings } from "./settings.ts";

/** What is listed: as the agent that runs says, or what one would load that doesn't. */
export interface Listed {
  /** Of the agent; undefined where none runs. */
  readonly pid: number | undefined;
  readonly plugins: readonly ListedPlugin[];
}

export type ListedPlugin = Omit<PluginStatus, "state"> & { readonly state: PluginStatus["state"] | "not started" };

const BUILT_IN = { kind: "built-in", file: undefined } as const;
const STATUS_FILE = "lodger-plugins.json";

export async function listPlugins(input: SubcommandInput): Promise<number> {
  const own = new Set(["--json", "--all"]);
  const options = input.args.filter((each) => !own.has(each));
  const problems = new Problems();
  const around = await surroundings(input, options, problems);
  problems.refuse();
  if (around.paths.length > 0) throw new StartError(`lodger plugin list takes no '${around.paths[0]}': try 'lodger plugin --help'`);
  const all = running(around.settings) ?? { pid: undefined, plugins: await declared(input, around) };
  if (input.args.includes("--json")) input.write(`${JSON.stringify(all, undefined, 2)}\n`);
  else input.write(pluginTable(all, { all: input.args.includes("--all") }));
  return 0;
}

/** What the agent says of the plugins that it has loaded. @returns undefined if none runs. @throws StartError if it can't be told. */
function running({ stateDirectory }: Settings): Listed | undefined {
  const file = join(stateDirectory, STATUS_FILE);
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw new StartError(`what the agent says of its plugins can't be read: ${message}${code === "EACCES" ? "; ask as root" : ""}`);
  }
  try {
    const { pid, plugins } = JSON.parse(text) as { readonly pid: number; readonly plugins: readonly PluginStatus[] };
    return isAlive(pid) && Array.isArray(plugins) ? { pid, plugins } : undefined;
  } catch {
    return undefined; // a half-written file of an agent that was killed
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function declared({ agent }: SubcommandInput, { settings, admin }: PluginSurroundings): Promise<readonly ListedPlugin[]> {
  const { declaredPlugins } = await import("../../extension/loader.ts");
  const container = agentContainer(agent.container, { settings, admin }, agent.generated);
  const { plugins, refused } = await declaredPlugins(
    { settings, admin, bundled: agent.bundled, container },
    builtInCommands(agent.plugins),
  );
  // A process of its own is there as soon as it is loaded.
  for (const { source, plugin } of plugins) if (source.kind === "isolated") await plugin.stop?.({}, {} as never);
  const builtIn = agent.plugins.map((plugin) => listed(BUILT_IN, plugin));
  return [...builtIn, ...plugins.map(({ source, plugin }) => listed(source, plugin)), ...refused];
}

function listed({ kind, file }: Pick<PluginStatus, "kind" | "file">, plugin: AnyPlugin): ListedPlugin {
  const commands = declaredCommands(plugin).map((command) => command.name);
  return { name: plugin.name, version: plugin.version, kind, file, commands, state: "not started", reason: undefined };
}
