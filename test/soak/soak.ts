/**
 * The long run: `npm run soak [-- OPTIONS]`
 *
 *   --quick           a few seconds, to show that it works: only coarse growth is seen
 *   --minutes N       so long in all, instead of the full number of cycles
 *   --phase NAME      only this one; again for more
 *   --program FILE    an executable or a bundle; default: the executable that `npm run build` makes
 *   --plugin FILE     for the agent, beside the soak's own
 *   --into DIR        where samples and plot go; default: .cache/soak
 *
 * Status 1 if something grows.
 */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { parseArgs } from "node:util";
import { cache, dist } from "../../build/paths.ts";
import { hostTarget } from "../../build/targets.ts";
import { type CommandLine, pause, startAgent } from "../bench/agents.ts";
import { settledCopy } from "../bench/settled-copy.ts";
import { configuration, PHASES, type Phase, RELOADED_PLUGIN, type Soaked } from "./phases.ts";
import { type Course, growing, judge, table, write } from "./report.ts";
import { type Sample, sampleOf } from "./samples.ts";

const SAMPLES = 60;
const SAMPLES_QUICK = 16;
/** Before a phase, so that it isn't blamed for what another has left to be collected. */
const REST_MS = 1500;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    minutes: { type: "string" },
    phase: { type: "string", multiple: true },
    program: { type: "string" },
    plugin: { type: "string", multiple: true, default: [] },
    into: { type: "string", default: join(cache, "soak") },
  },
});

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`soak: ${error instanceof Error ? error.message : error}`);
  process.exit(1); // an agent that still runs would keep the loop alive; its end is in agents.ts
}

/** @returns the exit status. */
async function main(): Promise<number> {
  const minutes = options.minutes === undefined ? undefined : Number(options.minutes);
  if (minutes !== undefined && !(minutes > 0)) throw new Error(`--minutes ${options.minutes}: write a number above 0`);
  const phases = (options.phase ?? PHASES.map(({ name }) => name)).map(phaseNamed);
  const program = options.program ?? builtExecutable();
  const home = mkdtempSync(join(tmpdir(), "lodger-soak-"));
  process.once("exit", () => rmSync(home, { recursive: true, force: true }));
  const toml = join(home, "lodger.toml");
  mkdirSync(join(home, "plugins"));
  writeFileSync(join(home, "plugins/soaked.mjs"), RELOADED_PLUGIN, { mode: 0o644 });
  writeFileSync(toml, configuration(0), { mode: 0o644 });
  // A copy: a build meanwhile must not change what runs, and pages that were just written count as the agent's.
  const { command } = settledCopy(commandOf(program));
  const plugins = ["--plugins", join(home, "plugins"), ...options.plugin.flatMap((file) => ["--plugin", file])];
  const agent = startAgent([...command, "--lodger-config", toml, "--scripts", join(home, "none"), ...plugins]);
  const soaked: Soaked = { agent, socket: join(agent.folder, "socket"), toml };
  const begun = performance.now();
  const courses = phases.map((phase) => course(phase, soaked, begun, minutes && (minutes * 60_000) / phases.length));
  await agent.stop();

  const judged = judge(courses, options.quick);
  const paths = write(options.into, program, courses);
  console.log(`${table(judged)}\n\n${paths.samples}\n${paths.plot}`);
  const faults = growing(judged);
  for (const fault of faults) console.error(fault);
  return faults.length > 0 ? 1 : 0;
}

/** @param forMs how long, instead of the phase's own number of cycles. */
function course(phase: Phase, soaked: Soaked, begun: number, forMs: number | undefined): Course {
  if (!options.quick) pause(REST_MS);
  const samples: Sample[] = [];
  const count = options.quick ? SAMPLES_QUICK : SAMPLES;
  let done = 0;
  const take = () => samples.push(sampleOf(soaked.agent.pid, begun, done));
  const run = (cycles: number) => {
    try {
      done += phase.run(soaked, Math.ceil(cycles));
    } catch (error) {
      const reason = error instanceof Error ? error.message : error;
      throw new Error(`${phase.name}, after ${done} cycles: ${reason}\n${soaked.agent.complaints()}`, { cause: error });
    }
  };
  const began = performance.now();
  take();
  for (let i = 1; i <= count; i++) {
    if (forMs === undefined) run((options.quick ? phase.quick : phase.cycles) / count);
    else
      do run(phase.quick / SAMPLES_QUICK / 4);
      while (performance.now() < began + (forMs * i) / count);
    take();
  }
  if (!options.quick) console.error(`${phase.name}: ${done.toLocaleString("en")} cycles`);
  return { phase: phase.name, samples };
}

function phaseNamed(name: string): Phase {
  const phase = PHASES.find((one) => one.name === name);
  if (phase === undefined) throw new Error(`--phase ${name}: there are ${PHASES.map((one) => one.name).join(", ")}`);
  return phase;
}

function commandOf(file: string): CommandLine {
  return extname(file) === ".cjs" ? [process.execPath, file] : [file];
}

function builtExecutable(): string {
  const target = hostTarget();
  const file = target === undefined ? undefined : join(dist, target.file);
  if (file === undefined || !existsSync(file)) throw new Error("there is no executable to soak: run 'npm run build' first");
  return file;
}
