/** Which tests are run on the runtimes, and how. */
import type { Runtime } from "./runtime.ts";

export type Project = "unit" | "contract" | "differential";

/** Bun has no `unref` of a child's channel, which vitest's processes need: there it runs in threads. */
export const VITEST_OPTIONS: Readonly<Record<Runtime, readonly string[]>> = { node: [], bun: ["--pool=threads"], deno: [] };

/** The contract tests that start the bundle. The others import modules into Node, or start an executable. */
export const AGENT_TESTS: readonly string[] = [
  "test/contract/bundle.test.ts",
  "test/contract/config.test.ts",
  "test/contract/confined-agent.test.ts",
  "test/contract/exec.test.ts",
  "test/contract/home-files.test.ts",
  "test/contract/isolated.test.ts",
  "test/contract/isolated-agent.test.ts",
  "test/contract/isolated-hostile.test.ts",
  "test/contract/plugins.test.ts",
  "test/contract/plugins-hostile.test.ts",
  "test/contract/scripts.test.ts",
];

/** What CI has time for. */
export const CI_PROJECTS: readonly Project[] = ["unit"];
