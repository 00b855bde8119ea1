/** What runs the bundle in contract and differential tests: LODGER_RUNTIME, which is Node where nothing is said. */
import { existsSync } from "node:fs";
import { join } from "node:path";

export type Runtime = "node" | "bun" | "deno";

const PACKAGES = join(import.meta.dirname, "../../build/runtimes/node_modules");

/** What starts a program, as its users would; the two that aren't Node come with the executables' runtimes. */
export const COMMANDS: Readonly<Record<Runtime, readonly [string, ...string[]]>> = {
  node: [process.versions.bun || process.versions.deno ? "node" : process.execPath],
  bun: [join(PACKAGES, "@oven/bun-linux-x64-baseline/bin/bun")],
  deno: [join(PACKAGES, "@deno/linux-x64-glibc/deno"), "run", "--allow-all"],
};

export const RUNTIME = named(process.env.LODGER_RUNTIME ?? "node");

/** @returns the argument vector that runs a bundle. @throws Error if its runtime isn't installed. */
export function onRuntime(bundle: string, runtime: Runtime = RUNTIME): readonly [string, ...string[]] {
  const [program, ...options] = COMMANDS[runtime];
  if (program.includes("/") && !existsSync(program)) {
    throw new Error(`there is no ${program}: run 'npm ci --force --ignore-scripts' in build/runtimes`);
  }
  return [program, ...options, bundle];
}

function named(name: string): Runtime {
  if (name in COMMANDS) return name as Runtime;
  throw new Error(`LODGER_RUNTIME is '${name}': it can be ${Object.keys(COMMANDS).join(", ")}`);
}
