/** The bundle, made anew, as `npm start` runs it. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { onRuntime } from "../runtimes/runtime.ts";
import { authoringSuite } from "./plugin-authoring/suite.ts";
import { programSuite } from "./program-suite.ts";

describe("the bundle", () => {
  let folder: string;

  beforeAll(async () => {
    // Inside of the project, because koffi comes from its node_modules.
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    await bundle({ outfile: join(folder, "lodger.cjs") });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  programSuite(() => onRuntime(join(folder, "lodger.cjs")));
  authoringSuite(() => onRuntime(join(folder, "lodger.cjs")));
});
