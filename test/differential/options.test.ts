/** The command line and the configuration. */
import { describe, test } from "vitest";
import { shown } from "./answers.ts";
import { available } from "./available.ts";
import { INVOCATIONS } from "./cases-options.ts";
import { toldAll } from "./compare.ts";
import { invoke } from "./invocation.ts";

const run = await available();

describe.runIf(run)("command line", () => {
  for (const invocation of INVOCATIONS) {
    test.concurrent(shown(invocation.id), async ({ expect }) => {
      expect(toldAll(await invoke(invocation))).toBe("");
    });
  }
});
