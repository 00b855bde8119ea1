/** One target's run, in a process of its own. Its argument is a `Campaign` as JSON; without one it prints the targets' names. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setPriority } from "node:os";
import { join } from "node:path";
import { Coverage } from "./engine/coverage.ts";
import { readCrashes, writeCrash } from "./engine/crashes.ts";
import { asText, signature } from "./engine/failure.ts";
import { attempt, fuzz, type Limits } from "./engine/fuzz.ts";
import type { Target } from "./engine/target.ts";
import { watchdog } from "./engine/watchdog.ts";
import { TARGETS } from "./targets.ts";

export interface Campaign {
  readonly root: string;
  readonly target: string;
  readonly seed: number;
  /** Undefined for the target's bounded run. */
  readonly milliseconds?: number;
  /** Print what of each file ran. */
  readonly files: boolean;
}

const MAX_BYTES = 1024 * 1024;

// Where many errors are thrown on purpose, their traces are what costs most.
Error.stackTraceLimit = 6;

async function campaign({ root, target: name, seed, milliseconds, files }: Campaign): Promise<number> {
  const target = TARGETS.find((each) => each.name === name);
  if (target === undefined) throw new Error(`there is no target '${name}'; there are ${TARGETS.map((each) => each.name).join(", ")}`);
  setPriority(10);
  const crashes = join(root, "test/fuzz/crashes");
  const saved = join(root, ".cache/fuzz/corpus", name);
  const limits: Limits = milliseconds === undefined ? { executions: target.bounded } : { milliseconds };
  // Agents that a target has started end with it.
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => Promise.resolve(target.after?.()).finally(() => process.exit(1)));
  const coverage = new Coverage(target.covers, root);
  const replayed = await replay(target, crashes);
  const found = await fuzz(target, {
    seed,
    limits,
    coverage,
    corpus: milliseconds === undefined ? [] : readFolder(saved),
    watch: watchdog(join(crashes, name), MAX_BYTES),
    failed: ({ signature: what, error, input, after }) => {
      const file = writeCrash(crashes, name, what, input);
      console.log(`${name}: FAILED after ${after} inputs: ${shown(error)}\n  ${asText(input.toString("latin1")).slice(0, 400)}\n  ${file}`);
    },
  });
  if (milliseconds !== undefined) writeFolder(saved, found.corpus);
  const reached = coverage.reached();
  const sum = (key: "ran" | "all") => reached.reduce((total, each) => total + each[key], 0);
  const rate = Math.round((found.executions * 1000) / Math.max(1, found.milliseconds));
  const share = sum("all") === 0 ? "-" : `${Math.round((100 * sum("ran")) / sum("all"))} %`;
  console.log(
    `${name.padEnd(22)} ${String(found.executions).padStart(9)} inputs ${String(rate).padStart(7)}/s ${String(found.points).padStart(5)} blocks ${share.padStart(6)} of the code ${String(found.corpus.length).padStart(5)} kept ${found.failures.length + replayed} failed`,
  );
  if (files) for (const { module, ran, all } of reached) console.log(`    ${module}: ${Math.round((100 * ran) / all)} %`);
  return found.failures.length + replayed === 0 ? 0 : 1;
}

/** @returns how many of the inputs that once failed fail again. */
async function replay(target: Target, crashes: string): Promise<number> {
  let failed = 0;
  await target.before?.();
  for (const { name, input } of readCrashes(crashes, target.name)) {
    try {
      await attempt(target, input);
    } catch (error) {
      failed++;
      console.log(`${target.name}: FAILED again: ${name}: ${shown(error)}`);
    }
  }
  await target.after?.();
  return failed;
}

function shown(error: unknown): string {
  return `${signature(error)}\n  ${error instanceof Error ? error.stack?.slice(0, 3000) : String(error)}`;
}

function readFolder(folder: string): Buffer[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name))) : [];
}

function writeFolder(folder: string, inputs: readonly Buffer[]): void {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [index, input] of inputs.entries()) writeFileSync(join(folder, String(index).padStart(6, "0")), input);
}

// What a target waits for need not keep the process by itself.
setInterval(() => undefined, 60_000);
const [, , order] = process.argv;
if (order === undefined) for (const { name } of TARGETS) console.log(name);
else process.exitCode = await campaign(JSON.parse(order) as Campaign);
// What a target left behind must not keep it.
process.exit();
