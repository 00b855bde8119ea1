/** An agent's statistics as text for people. */
import type { AgentStatisticsReport, CommandStatistics } from "../statistics/agent-statistics.ts";

const HEADING = ["Command", "Count", "Errors", "Mean", "Half within", "99 % within", "Longest"];

/** @returns lines, each with its end. */
export function statisticsTable(report: AgentStatisticsReport): string {
  const { memory, connections, held, plugins, errors } = report;
  const freeze = report["last-freeze"];
  const loop = report["event-loop"];
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["Agent", `lodger ${report.version}, up ${duration(report["uptime-seconds"] * 1e9)}`],
    [
      "Requests",
      `${number(report.requests)}, ${number(report.abandoned)} given up by a sync; ${number(report.malformed)} that were no JSON`,
    ],
    ["Errors", errors.length === 0 ? "none" : errors.map((each) => `${number(each.count)} ${each.class}`).join(", ")],
    ["Bytes", `${bytes(report.received)} received, ${bytes(report.sent)} sent`],
    ["Connections", connections.map(({ transport, open, total }) => `${number(open)} open of ${number(total)} by ${transport}`).join(", ")],
    ["Memory", memoryText(memory)],
    ["Held", [...held.map(({ what, count }) => `${number(count)} ${what}`), ...descriptors(report)].join(", ") || undefined],
    ["Plugins", pluginText(plugins)],
    ["Frozen", report.frozen ? "yes" : freeze === undefined ? "no" : "no; the last time:"],
    ["", freeze === undefined ? undefined : freezeText(freeze)],
    ["Thread", loop && `${((100 * loop["busy-ns"]) / Math.max(1, loop["busy-ns"] + loop["idle-ns"])).toFixed(2)} % busy`],
  ];
  const lines = rows.flatMap(([name, value]) => (value === undefined ? [] : [`${name.padEnd(13)}${value}`]));
  return `${[...lines, ...(report.commands.length === 0 ? [] : ["", ...commandTable(report.commands)])].join("\n")}\n`;
}

function commandTable(commands: readonly CommandStatistics[]): string[] {
  const rows = commands
    .toSorted((a, b) => b.count - a.count)
    .map((each) => [
      each.name,
      number(each.count),
      number(each.errors),
      ...[each["mean-ns"], each["p50-ns"], each["p99-ns"], each["max-ns"]].map((ns) => (each.timed === 0 ? "-" : duration(ns))),
    ]);
  const cells = [HEADING, ...rows];
  const widths = HEADING.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) =>
    row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  "),
  );
}

function memoryText(memory: AgentStatisticsReport["memory"]): string {
  const own = memory["private-dirty"];
  return [
    `${bytes(memory.resident)} resident`,
    ...(own === undefined ? [] : [`${bytes(own)} private dirty`]),
    `heap ${bytes(memory["heap-used"])} of ${bytes(memory["heap-total"])}`,
    `external ${bytes(memory.external)}`,
  ].join(", ");
}

function descriptors({ descriptors: open }: AgentStatisticsReport): string[] {
  return open === undefined ? [] : [`${number(open)} descriptors`];
}

function pluginText(plugins: AgentStatisticsReport["plugins"]): string {
  const commands = plugins.reduce((sum, each) => sum + each.commands, 0);
  const wrong = plugins.filter(({ state }) => state !== "running").map(({ name, state }) => `${name} is ${state}`);
  return [`${plugins.length} with ${commands} commands`, ...wrong].join("; ");
}

function freezeText(freeze: NonNullable<AgentStatisticsReport["last-freeze"]>): string {
  const lasted = freeze["lasted-ms"];
  const by = freeze["ended-by"];
  return [
    `since ${timeText(freeze.began)}`,
    ...(lasted === undefined ? [] : [`for ${duration(lasted * 1e6)}`]),
    ...(by === undefined ? [] : [`ended by ${by}`]),
  ].join(", ");
}

/** A clock may be anywhere, and what a guest says, too. */
function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString().replace(".000Z", "Z");
}

const number = (value: number): string => value.toLocaleString("en");

function bytes(value: number): string {
  for (const [unit, size] of [
    ["GB", 1e9],
    ["MB", 1e6],
    ["kB", 1e3],
  ] as const) {
    if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
  }
  return `${value} bytes`;
}

/** @param ns nanoseconds. */
function duration(ns: number): string {
  const seconds = ns / 1e9;
  if (seconds >= 2 * 86_400) return `${Math.floor(seconds / 86_400)} days`;
  if (seconds >= 2 * 3600) return `${Math.floor(seconds / 3600)} h`;
  if (seconds >= 120) return `${Math.floor(seconds / 60)} min`;
  if (seconds >= 1) return `${short(seconds)} s`;
  return ns >= 1e6 ? `${short(ns / 1e6)} ms` : `${short(ns / 1e3)} µs`;
}

const short = (value: number): string => (value >= 100 ? Math.round(value).toString() : Number(value.toPrecision(3)).toString());
