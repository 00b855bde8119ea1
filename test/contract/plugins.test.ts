/** Plugins from disk in the bundle. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { pluginSuite } from "./plugin-suite.ts";

describe("plugins in the bundle", () => {
  let folder: string;

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    await bundle({ outfile: join(folder, "lodger.cjs") });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  pluginSuite(() => onRuntime(join(folder, "lodger.cjs")));
});
