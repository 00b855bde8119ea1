/** guest-file-*, and what agents keep in files. */
import { describe, test } from "vitest";
import { shown } from "./answers.ts";
import { available } from "./available.ts";
import { toldAll } from "./compare.ts";
import { play } from "./scenario.ts";
import { SCENARIOS } from "./tables.ts";

const run = await available();

for (const [group, scenarios] of Object.entries(SCENARIOS)) {
  describe.runIf(run)(group, () => {
    for (const scenario of scenarios) {
      test.concurrent(shown(scenario.id), async ({ expect }) => {
        expect(toldAll(await play(group, scenario))).toBe("");
      });
    }
  });
}
