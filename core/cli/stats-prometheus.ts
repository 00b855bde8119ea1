/** An agent's statistics in Prometheus' text format: times in seconds, sizes in bytes, buckets that add up. */
import type { AgentStatisticsReport } from "../statistics/agent-statistics.ts";

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [labels: Labels, value: number, suffix?: string];

const NS = 1e9;

/** @returns the whole of it, each line with its end. */
export function prometheusText(report: AgentStatisticsReport): string {
  const { memory, connections, commands } = report;
  const freeze = report["last-freeze"];
  const loop = report["event-loop"];
  const states = Map.groupBy(report.plugins, ({ state }) => state);
  return [
    metric("lodger_info", "gauge", "The agent's version.", [[{ version: report.version }, 1]]),
    metric("lodger_uptime_seconds", "gauge", "Since the agent's start.", plain(report["uptime-seconds"])),
    metric("lodger_requests_total", "counter", "Requests that were answered, also with an error.", plain(report.requests)),
    metric(
      "lodger_requests_malformed_total",
      "counter",
      "What was no JSON, also the byte 0xFF, by which many clients begin.",
      plain(report.malformed),
    ),
    metric("lodger_requests_abandoned_total", "counter", "Requests that a later sync has given up.", plain(report.abandoned)),
    metric(
      "lodger_errors_total",
      "counter",
      "Errors that were answered, by the wire's class.",
      report.errors.map((each) => [{ class: each.class }, each.count]),
    ),
    metric(
      "lodger_command_requests_total",
      "counter",
      "Requests for a command.",
      commands.map(({ name, count }) => [{ command: name }, count]),
    ),
    metric(
      "lodger_command_errors_total",
      "counter",
      "Requests for a command that were answered with an error.",
      commands.map(({ name, errors }) => [{ command: name }, errors]),
    ),
    metric(
      "lodger_command_duration_seconds",
      "histogram",
      "From a request to its answer; of what is answered at once a sample.",
      commands.flatMap((each) => histogram(report["bucket-bounds-ns"], each)),
    ),
    metric(
      "lodger_command_longest_seconds",
      "gauge",
      "The longest time from a request to its answer.",
      commands.map((each) => [{ command: each.name }, each["max-ns"] / NS]),
    ),
    metric("lodger_received_bytes_total", "counter", "Bytes from clients.", plain(report.received)),
    metric("lodger_sent_bytes_total", "counter", "Bytes to clients.", plain(report.sent)),
    metric(
      "lodger_memory_bytes",
      "gauge",
      "The agent's memory; the heap is JavaScript's.",
      Object.entries(memory).map(([kind, value]) => [{ kind }, value]),
    ),
    metric(
      "lodger_connections",
      "gauge",
      "Clients now.",
      connections.map(({ transport, open }) => [{ transport }, open]),
    ),
    metric(
      "lodger_connections_opened_total",
      "counter",
      "Clients since the agent's start.",
      connections.map(({ transport, total }) => [{ transport }, total]),
    ),
    metric("lodger_open_descriptors", "gauge", "Of files, sockets and devices.", plain(report.descriptors)),
    metric(
      "lodger_held",
      "gauge",
      "What plugins hold for clients.",
      report.held.map(({ what, count }) => [{ what }, count]),
    ),
    metric(
      "lodger_plugins",
      "gauge",
      "Plugins by their state.",
      Array.from(states, ([state, { length }]) => [{ state }, length]),
    ),
    metric("lodger_frozen", "gauge", "1 while file systems are frozen.", plain(report.frozen ? 1 : 0)),
    metric("lodger_last_freeze_timestamp_seconds", "gauge", "When the last freeze began.", plain(freeze?.began)),
    metric("lodger_last_freeze_duration_seconds", "gauge", "How long it lasted.", plain(scaled(freeze?.["lasted-ms"], 1e3))),
    metric(
      "lodger_event_loop_busy_seconds_total",
      "counter",
      "For how long the agent's thread was busy.",
      plain(scaled(loop?.["busy-ns"], NS)),
    ),
    metric("lodger_event_loop_idle_seconds_total", "counter", "For how long it was idle.", plain(scaled(loop?.["idle-ns"], NS))),
  ].join("");
}

const scaled = (value: number | undefined, by: number): number | undefined => (value === undefined ? undefined : value / by);

const plain = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [[{}, value]]);

function histogram(bounds: readonly number[], { name, buckets, ...figures }: AgentStatisticsReport["commands"][number]): Sample[] {
  let sum = 0;
  const cumulative = buckets.map((count, index): Sample => {
    sum += count;
    const bound = bounds[index];
    return [{ command: name, le: bound === undefined ? "+Inf" : String(bound / NS) }, sum, "_bucket"];
  });
  return [...cumulative, [{ command: name }, figures["total-ns"] / NS, "_sum"], [{ command: name }, sum, "_count"]];
}

/** A family without samples is left out. */
function metric(name: string, type: "counter" | "gauge" | "histogram", help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return "";
  const lines = samples.map(([labels, value, suffix = ""]) => `${name}${suffix}${labelText(labels)} ${value}\n`);
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

function escaped(value: string): string {
  return value.replace(/[\\"\n]/g, (character) => (character === "\n" ? "\\n" : `\\${character}`));
}
