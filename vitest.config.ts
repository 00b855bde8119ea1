import { defineConfig, type Plugin } from "vitest/config";

/** What the build generates is empty when run from source: the agent then compiles a validator when it is first needed. */
const noGeneratedValidators: Plugin = {
  name: "lodger:validators",
  resolveId: (id) => (id === "lodger:validators" ? "\0lodger:validators" : undefined),
  load: (id) => (id === "\0lodger:validators" ? "export default {};" : undefined),
};
const plugins = [noGeneratedValidators];

export default defineConfig({
  test: {
    reporters: ["default", "./test/totals-reporter.ts"],
    projects: [
      { plugins, test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      { plugins, test: { name: "contract", include: ["test/contract/**/*.test.ts"], testTimeout: 20_000 } },
      { plugins, test: { name: "differential", include: ["test/differential/**/*.test.ts"], testTimeout: 60_000, fileParallelism: false } },
      { plugins, test: { name: "guest", include: ["test/guest/**/*.test.ts"], testTimeout: 120_000, fileParallelism: false } },
    ],
  },
});
