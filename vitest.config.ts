import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from "vitest/config";

/** What the build generates is empty when run from source: the agent then compiles a validator when it is first needed. */
const noGeneratedValidators: Plugin = {
  name: "lodger:validators",
  resolveId: (id) => (id === "lodger:validators" ? "\0lodger:validators" : undefined),
  load: (id) => (id === "\0lodger:validators" ? "export default {};" : undefined),
};

function project(name: string, groupOrder: number, testTimeout: number, fileParallelism: boolean): TestProjectInlineConfiguration {
  const include = [`test/${name}/**/*.test.ts`];
  return { plugins: [noGeneratedValidators], test: { name, include, testTimeout, fileParallelism, sequence: { groupOrder } } };
}

export default defineConfig({
  test: {
    reporters: ["default", "./test/totals-reporter.ts"],
    // One after another: a freeze or an end within a second is no fair test while a virtual machine is emulated beside it.
    projects: [
      project("unit", 0, 5_000, true),
      project("contract", 1, 20_000, true),
      project("differential", 2, 60_000, false),
      project("guest", 3, 120_000, false),
    ],
  },
});
