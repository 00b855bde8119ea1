// npm run bench [-- --only NAME] [--quick] [--write]: the design's budgets, measured beside qemu-ga in one run.
// npm run bench -- --guest [--quick] [--write]: both through virtio-serial, in a guest; that alone.
// LODGER_EXECUTABLE and QEMU_GA name other executables than the built and the installed one (a command line, split at blanks).
import { existsSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { type CommandLine, startAgent } from "./agents.ts";
import { clientAlone } from "./client-alone.ts";
import { fileRows } from "./files.ts";
import { freeze } from "./freeze.ts";
import { benchInGuest } from "./guest/run.ts";
import type { Line } from "./line.ts";
import { growth, idle, peak } from "./memory.ts";
import { machine, summary, table, writeGuestSection, writePage } from "./report.ts";
import { ping, pipelined } from "./round-trips.ts";
import type { Bench } from "./rounds.ts";
import { start } from "./start.ts";
import { drawThroughput } from "./throughput-plot.ts";
import { work } from "./work.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/performance.md");
const PLOTS = join(ROOT, "docs/plots");
const ROWS = [ping, pipelined, ...fileRows, work, freeze, start, idle, growth, peak];

try {
  await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}`);
  process.exit(1); // an agent that still runs would keep the loop alive; its end is in agents.ts
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      guest: { type: "boolean" },
      quick: { type: "boolean" },
      write: { type: "boolean" },
      help: { type: "boolean" },
    },
  });
  if (values.help) {
    console.log(
      `npm run bench [-- [--only NAME | --guest] [--quick] [--write]]\nNAME, or how it begins: ${ROWS.map((row) => row.name).join(", ")}`,
    );
    return;
  }
  const only = values.only;
  const executable = process.env.LODGER_EXECUTABLE ?? join(ROOT, "dist/lodger-linux-x64");
  if (values.guest) {
    if (only !== undefined || (values.write && values.quick)) throw new Error("--guest goes without --only, and --write without --quick");
    const { lines, facts } = await benchInGuest(executable, values.quick ?? false, progress);
    console.log(`\n${table(lines)}\n\n${facts.join("\n")}`);
    if (values.write) writeGuestSection(PAGE, lines, facts);
    return;
  }
  const rows = ROWS.filter((row) => row.name.startsWith(only ?? ""));
  if (rows.length === 0) throw new Error(`no row begins with ${only}; there are ${ROWS.map((row) => row.name).join(", ")}`);
  if (values.write && (only !== undefined || values.quick)) throw new Error("--write takes a whole run: without --only and --quick");

  const bench: Bench = {
    ours: commandLine(executable, "npm run build makes it, LODGER_EXECUTABLE names another"),
    theirs: commandLine(process.env.QEMU_GA ?? "/usr/sbin/qemu-ga", "Debian's package qemu-guest-agent has it, QEMU_GA names another"),
    quick: values.quick ?? false,
  };
  const [ourVersion, theirVersion] = [await versionOf(bench.ours), await versionOf(bench.theirs)];
  console.log(`lodger ${ourVersion} (${executable}) beside qemu-ga ${theirVersion}\n`);

  const lines: Line[] = [];
  const tell = (more: readonly Line[]): void => {
    lines.push(...more);
    progress(more);
  };
  const alone = await clientAlone(bench.quick);
  tell(alone);
  for (const row of rows) tell(await row.measure(bench));
  const budgets = lines.slice(alone.length);
  console.log(`\n${table([...budgets, ...alone])}\n\n${summary(budgets)}; ${machine()}`);

  if (values.write) {
    await drawThroughput(budgets, PLOTS); // first, in the same weather as the table
    mkdirSync(dirname(PAGE), { recursive: true });
    const shown = executable.startsWith(ROOT) ? executable.slice(ROOT.length + 1) : executable;
    writePage(PAGE, [...budgets, ...alone], { ourVersion, theirVersion, executable: shown, command: "npm run bench -- --write" });
  }
}

function progress(lines: readonly Line[]): void {
  for (const line of lines) process.stderr.write(`${[line.what, line.ours, line.theirs, line.ratio].filter(Boolean).join(" · ")}\n`);
}

function commandLine(given: string, hint: string): CommandLine {
  const [executable, ...options] = given.split(" ").filter((word) => word !== "");
  if (executable === undefined || (executable.includes("/") && !existsSync(executable)))
    throw new Error(`there is no ${executable}: ${hint}`);
  return [executable, ...options];
}

async function versionOf(command: CommandLine): Promise<string> {
  const agent = startAgent(command);
  try {
    return String(JSON.parse(agent.client.ask('{"execute":"guest-info"}\n')).return.version);
  } finally {
    await agent.stop();
  }
}
