/** Plugins as text for people. */
import { printable } from "../../printable.ts";
import type { Listed, ListedPlugin } from "./list.ts";

interface TableOptions {
  /** Also what is part of lodger itself. */
  readonly all: boolean;
}

const HEADING = ["Plugin", "Version", "Kind", "State"];

/** @returns a line for each plugin, and below it where it is from, its commands, and why it doesn't run. Nothing in it can command a terminal. */
export function pluginTable({ pid, plugins }: Listed, { all }: TableOptions): string {
  const shown = plugins.filter(({ kind }) => all || kind !== "built-in");
  const rows = [HEADING, ...shown.map(({ name, version, kind, state }) => [name, version ?? "-", kind, state].map(printable))];
  const widths = HEADING.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const [heading, ...plain] = lines;
  const table = shown.length === 0 ? [] : [heading, ...plain.flatMap((line, index) => [line, ...details(shown[index])])];
  const builtIn = plugins.filter(({ kind }) => kind === "built-in");
  const rest =
    all || builtIn.length === 0 ? [] : [`${builtIn.length} plugins with ${count(builtIn)} commands are part of lodger: --all lists them.`];
  const agent = pid === undefined ? "No agent runs: this is what one would load." : `The agent has process id ${pid}.`;
  return `${[agent, ...(shown.length === 0 ? ["No plugins were added."] : ["", ...table, ""]), ...rest].join("\n")}\n`;
}

function details(plugin: ListedPlugin | undefined): string[] {
  if (plugin === undefined) return [];
  const { file, commands, reason } = plugin;
  return [
    ...(file === undefined ? [] : [`  from      ${printable(file)}`]),
    ...(commands.length === 0 ? [] : [`  commands  ${printable(commands.join(", "))}`]),
    ...(reason === undefined ? [] : [`  reason    ${printable(reason)}`]),
  ];
}

function count(plugins: readonly ListedPlugin[]): number {
  return plugins.reduce((sum, { commands }) => sum + commands.length, 0);
}
