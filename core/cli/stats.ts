/** `lodger stats TARGET`: what an agent has done since its start, for people or for Prometheus. */
import type { AgentStatisticsReport } from "../statistics/agent-statistics.ts";
import { type CallStreams, call } from "./call.ts";
import { prometheusText } from "./stats-prometheus.ts";
import { readStatistics } from "./stats-reading.ts";
import { statisticsTable } from "./stats-table.ts";
import type { SubcommandInput } from "./subcommand.ts";

const FORMATS: Readonly<Record<string, (report: AgentStatisticsReport) => string>> = {
  table: statisticsTable,
  prometheus: prometheusText,
  json: (report) => `${JSON.stringify(report, undefined, 2)}\n`,
};

const HELP = `lodger stats TARGET [OPTION]...: asks the agent in a guest what it has done since its start: requests,
errors, times by command, bytes, connections, memory. It has to be lodger, and 'guest-lodger-stats' to be allowed.

  TARGET, --timeout, --tls-cert, --tls-key, --tls-ca    as of 'lodger call'

      --format=FORMAT      table, prometheus (its text format), or json (table)
      --prometheus         the same as --format=prometheus
  -h, --help               print this, and exit

The status is 0 if the agent has answered, else 1 with the error on standard error.

Example: lodger stats /run/guest.sock --prometheus >/var/lib/node_exporter/guest.prom
`;

/** @returns the exit status: 0, or 1 after a line on standard error. */
export function statsCommand({ args }: SubcommandInput): Promise<number> {
  return stats(args, process);
}

export async function stats(args: readonly string[], streams: CallStreams): Promise<number> {
  const fail = (text: string): number => {
    streams.stderr.write(`lodger: ${text}\n`);
    return 1;
  };
  if (args.includes("--help") || args.includes("-h")) {
    streams.stdout.write(HELP);
    return 0;
  }
  const named = args.findLast((each) => each.startsWith("--format=") || each === "--prometheus");
  const name = named === "--prometheus" ? "prometheus" : (named?.slice("--format=".length) ?? "table");
  const format = Object.hasOwn(FORMATS, name) ? FORMATS[name] : undefined;
  if (format === undefined) return fail(`--format '${name}' is none of ${Object.keys(FORMATS).join(", ")}`);
  const rest = args.filter((each) => each !== "--prometheus" && !each.startsWith("--format="));
  const [target, ...others] = rest.filter((each) => !each.startsWith("-"));
  if (target === undefined || others.length > 0)
    return fail("stats needs one TARGET, and options as --NAME=VALUE: try 'lodger stats --help'");
  let answer = "";
  let complaint = "";
  const status = await call([...rest, "guest-lodger-stats"], {
    stdin: streams.stdin,
    stdout: { write: (text) => (answer += text) },
    stderr: { write: (text) => (complaint += text) },
  });
  if (status !== 0) {
    const isOther = complaint.includes("guest-lodger-stats has not been found");
    streams.stderr.write(
      isOther ? `lodger: ${target}: the agent there is not lodger, or an older one: it has no guest-lodger-stats\n` : complaint,
    );
    return status;
  }
  const report = readStatistics(answer);
  if (report === undefined)
    return fail(`${target}: what was answered are no statistics of lodger's: is this lodger as old as the agent, or newer?`);
  streams.stdout.write(format(report));
  return 0;
}
