/** What an executable's agent reads at its start, and what only when it is asked for it. */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Bundle, bundle, partsOf } from "../../build/bundle.ts";

describe("the bundle in two scripts", () => {
  let folder: string;
  let made: Bundle;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lodger-parts-"));
    made = await bundle({ outfile: join(folder, "lodger.cjs") });
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.each([
    "core/cli/",
    "core/install/",
    "core/os/darwin/",
    "core/os/windows/system.ts",
    "core/extension/lifecycle.ts",
    "core/extension/script/",
    "core/audit/trail.ts",
    "core/config/lodger-toml.ts",
    "node_modules/ajv/dist/core.js",
    "node_modules/toml-eslint-parser/",
    "lodger:plugin-types",
  ])("%s is not read at the start", (path) => {
    expect(made.mainSources.filter((source) => source.startsWith(path))).toEqual([]);
  });

  test("what the agent runs on is", () => {
    expect(made.mainSources).toEqual(
      expect.arrayContaining(["core/main.ts", "core/agent.ts", "core/dispatch/dispatcher.ts", "plugins/file/index.ts"]),
    );
  });

  test("the first script has less than half of the program", () => {
    const { main, later } = partsOf(made.file);
    const half = statSync(made.file).size / 2;
    expect(statSync(main).size).toBeLessThan(half);
    expect(statSync(later).size).toBeGreaterThan(half);
  });
});
