/**
 * `npm run test:runtimes`: the tests on Bun and Deno. Unit tests run in them; contract and differential tests run on Node and start the
 * bundle in them. Arguments choose: a runtime, a project; `--ci` what fits into a CI run. `--page` only
 * writes the page anew.
 */
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bundle } from "../../build/bundle.ts";
import { root } from "../../build/paths.ts";
import { withSections } from "./page.ts";
import { AGENT_TESTS, CI_PROJECTS, type Project, VITEST_OPTIONS } from "./parts.ts";
import { COMMANDS, type Runtime } from "./runtime.ts";

const PAGE = join(root, "docs/runtimes.md");
const VITEST = join(root, "node_modules/vitest/vitest.mjs");
const RUNTIMES: readonly Runtime[] = ["bun", "deno"];
const PROJECTS: readonly Project[] = ["unit", "contract", "differential"];

const args = process.argv.slice(2);
const ci = args.includes("--ci");
const chosen = <T extends string>(all: readonly T[]) =>
  all.some((each) => args.includes(each)) ? all.filter((each) => args.includes(each)) : all;

if (args.includes("--page")) {
  writeFileSync(PAGE, withSections(readFileSync(PAGE, "utf8")));
  process.exit();
}

await bundle();
const failed: string[] = [];
for (const runtime of chosen(RUNTIMES)) {
  for (const project of chosen(ci ? CI_PROJECTS : PROJECTS)) {
    const started = performance.now();
    const passed = run(runtime, project);
    console.log(`${project} on ${runtime}: ${passed ? "passed" : "FAILED"} in ${Math.round((performance.now() - started) / 1000)} s`);
    if (!passed) failed.push(`${project} on ${runtime}`);
  }
}
if (failed.length > 0) {
  console.log(`failed: ${failed.join(", ")}`);
  process.exitCode = 1;
}

function run(runtime: Runtime, project: Project): boolean {
  const [program, ...options] = project === "unit" ? COMMANDS[runtime] : COMMANDS.node;
  const files = project === "contract" ? AGENT_TESTS : [];
  const vitest = [VITEST, "run", "--project", project, ...(project === "unit" ? VITEST_OPTIONS[runtime] : []), ...files];
  const { status } = spawnSync(program, [...options, ...vitest], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, LODGER_RUNTIME: runtime },
  });
  return status === 0;
}
