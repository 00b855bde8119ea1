/**
 * `npm run fuzz -- --minutes N [--target NAME] [--seed S]`: every target in turn, or the named ones, for N minutes in all. `--bounded`
 * runs the fixed number of inputs that the tests run, `--files` prints how much of each file ran, `--list` names the targets.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../build/paths.ts";
import { bundles } from "./bundles.ts";
import type { Campaign } from "./campaign.ts";

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "1" },
    target: { type: "string", multiple: true },
    seed: { type: "string", default: String(Date.now() % 2 ** 31) },
    bounded: { type: "boolean", default: false },
    files: { type: "boolean", default: false },
    list: { type: "boolean", default: false },
  },
});

const minutes = Number(values.minutes);
const seed = Number(values.seed);
if (!(minutes > 0) || !Number.isInteger(seed)) throw new Error("--minutes is a number above 0, --seed an integer");

const { campaign, agent, names } = await bundles();
if (values.list) {
  for (const name of names) console.log(name);
} else {
  const targets = values.target ?? names;
  console.log(`seed ${seed}, ${values.bounded ? "bounded" : `${minutes} minutes`}, ${targets.length} targets`);
  let failed = 0;
  for (const target of targets) if (!(await run(target, targets.length))) failed++;
  console.log(failed === 0 ? "nothing failed" : `${failed} targets failed: the inputs are in test/fuzz/crashes`);
  process.exitCode = failed === 0 ? 0 : 1;
}

async function run(target: string, among: number): Promise<boolean> {
  const milliseconds = values.bounded ? {} : { milliseconds: (minutes * 60_000) / among };
  const order: Campaign = { root, target, seed, files: values.files, ...milliseconds };
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", campaign, JSON.stringify(order)], {
    cwd: join(root, ".cache/fuzz"),
    stdio: ["ignore", "inherit", "inherit"],
    env: { ...process.env, LODGER_EXECUTABLE: process.env.LODGER_EXECUTABLE ?? `${process.execPath} ${agent}` },
  });
  const end = () => {
    child.kill();
    process.exit(1);
  };
  process.once("SIGTERM", end);
  const [status] = await once(child, "exit");
  process.off("SIGTERM", end);
  return status === 0;
}
