/** Gathers what the agent knows of its own work. Nothing here touches a disk: /proc is the kernel's memory. */
import { readdirSync, readFileSync } from "node:fs";
import { inject, singleton } from "tsyringe";
import { CommandRegistry } from "../dispatch/registry.ts";
import { Settings } from "../settings.ts";
import { StateFile } from "../state-file.ts";
import { AGENT_VERSION } from "../version.ts";
import type { AgentStatistics, AgentStatisticsReport, CommandStatistics } from "./agent-statistics.ts";
import { BOUNDS_MS, type CommandFigures } from "./figures.ts";
import { Statistics } from "./statistics.ts";

const NS_PER_MS = 1e6;
const KIB = 1024;

@singleton()
export class StatisticsReport implements AgentStatistics {
  private readonly statistics: Statistics;
  private readonly registry: CommandRegistry;
  private readonly state: Pick<StateFile, "frozen" | "lastFreeze">;
  private readonly settings: Pick<Settings, "method">;

  constructor(
    @inject(Statistics) statistics: Statistics,
    @inject(CommandRegistry) registry: CommandRegistry,
    @inject(StateFile) state: Pick<StateFile, "frozen" | "lastFreeze">,
    @inject(Settings.key) settings: Pick<Settings, "method">,
  ) {
    this.statistics = statistics;
    this.registry = registry;
    this.state = state;
    this.settings = settings;
  }

  report(): AgentStatisticsReport {
    const { requests, malformed, abandoned, errors, received, sent, connections, open, held } = this.statistics;
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const commands = this.registry.all().filter(({ figures }) => figures.count > 0);
    return {
      version: AGENT_VERSION,
      "uptime-seconds": Math.floor(process.uptime()),
      requests,
      malformed,
      abandoned,
      errors: Array.from(errors, ([which, count]) => ({ class: which, count })),
      commands: commands.map(({ definition, figures }) => commandStatistics(definition.name, figures)),
      "bucket-bounds-ns": BOUNDS_MS.map(nanoseconds),
      received,
      sent,
      memory: {
        resident: rss,
        ...optional("private-dirty", privateDirty()),
        "heap-total": heapTotal,
        "heap-used": heapUsed,
        external,
        "array-buffers": arrayBuffers,
      },
      connections: [{ transport: this.settings.method, open, total: connections }],
      ...optional("descriptors", openDescriptors()),
      held: Array.from(held, ([what, count]) => ({ what, count })),
      plugins: this.plugins(),
      frozen: this.state.frozen,
      ...optional("last-freeze", this.lastFreeze()),
      ...optional("event-loop", eventLoop()),
    };
  }

  private plugins(): AgentStatisticsReport["plugins"] {
    const known = this.statistics.plugins?.();
    if (known) return known.map(({ name, state, commands }) => ({ name, state, commands: commands.length }));
    const commands = Map.groupBy(this.registry.all(), ({ plugin }) => plugin);
    return Array.from(commands, ([name, { length }]) => ({ name, state: "running", commands: length }));
  }

  private lastFreeze(): AgentStatisticsReport["last-freeze"] {
    const freeze = this.state.lastFreeze;
    if (!freeze) return undefined;
    return {
      began: Math.floor(freeze.began / 1000),
      ...optional("lasted-ms", freeze.lastedMs),
      ...optional("ended-by", freeze.by),
    };
  }
}

function commandStatistics(name: string, figures: CommandFigures): CommandStatistics {
  const { count, errors, timed, buckets, totalMs, longestMs } = figures;
  return {
    name,
    count,
    errors,
    timed,
    "total-ns": nanoseconds(totalMs),
    "mean-ns": timed === 0 ? 0 : nanoseconds(totalMs / timed),
    "max-ns": nanoseconds(longestMs),
    "p50-ns": nanoseconds(figures.within(0.5)),
    "p90-ns": nanoseconds(figures.within(0.9)),
    "p99-ns": nanoseconds(figures.within(0.99)),
    buckets: [...buckets],
  };
}

function nanoseconds(ms: number): number {
  return Math.round(ms * NS_PER_MS);
}

/** What of its memory no other process has and no file gives back; undefined where the system doesn't tell. */
function privateDirty(): number | undefined {
  const kib = /^Private_Dirty:\s+(\d+) kB$/m.exec(kernelText("/proc/self/smaps_rollup"))?.[1];
  return kib === undefined ? undefined : Number(kib) * KIB;
}

function kernelText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

function openDescriptors(): number | undefined {
  try {
    return readdirSync("/proc/self/fd").length - 1; // one of them is the list's own
  } catch {
    return undefined;
  }
}

function eventLoop(): AgentStatisticsReport["event-loop"] {
  const { active, idle } = performance.eventLoopUtilization?.() ?? { active: 0, idle: 0 };
  return active + idle === 0 ? undefined : { "busy-ns": nanoseconds(active), "idle-ns": nanoseconds(idle) };
}

function optional<K extends string, V>(name: K, value: V | undefined): { readonly [P in K]?: V } {
  return value === undefined ? {} : ({ [name]: value } as { readonly [P in K]?: V });
}
