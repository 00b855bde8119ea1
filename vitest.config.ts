import { defineConfig, type Plugin, type TestProjectInlineConfiguration } from "vitest/config";
import { pluginDeclarations, typesModule } from "./build/declarations.ts";
import { leftOut } from "./test/runtimes/limit.ts";
import { RUNTIME } from "./test/runtimes/runtime.ts";

/**
 * What the build generates is empty when run from source: the agent then compiles a validator when it is first needed. Only the types are
 * made, when a test asks for them.
 */
const GENERATED: Readonly<Record<string, () => string | Promise<string>>> = {
  "lodger:validators": () => "export default {};",
  "lodger:plugins": () => "export default [];",
  "lodger:plugin-types": async () => typesModule(await pluginDeclarations()),
};

const generated: Plugin = {
  name: "lodger:generated",
  resolveId: (id) => (id in GENERATED ? `\0${id}` : undefined),
  load: (id) => GENERATED[id.slice(1)]?.(),
};

function project(name: string, groupOrder: number, testTimeout: number, fileParallelism: boolean): TestProjectInlineConfiguration {
  const include = [`test/${name}/**/*.test.ts`];
  const hookTimeout = 60_000; // many a suite bundles first
  const elsewhere =
    RUNTIME === "node" ? {} : { setupFiles: ["test/runtimes/expected.ts"], exclude: leftOut(), testTimeout: 4 * testTimeout }; // another runtime starts slower
  return {
    plugins: [generated],
    test: { name, include, testTimeout, hookTimeout, fileParallelism, sequence: { groupOrder }, ...elsewhere },
  };
}

export default defineConfig({
  test: {
    reporters: ["default", "./test/totals-reporter.ts"],
    maxWorkers: 1, // an end within a second, or a thaw without a page fault, is no fair test beside another file's builds
    // One after another: a freeze or an end within a second is no fair test while a virtual machine is emulated beside it.
    projects: [
      project("unit", 0, 5_000, true),
      project("contract", 1, 20_000, true),
      // It compares with qemu-ga, too, but nothing of it waits for a clock.
      project("fuzz", 2, 60_000, false),
      project("differential", 2, 60_000, false),
      project("guest", 3, 120_000, false),
    ],
  },
});
