/** Bytes in, bytes out: ours against every reference. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { shown } from "./answers.ts";
import { available } from "./available.ts";
import { SWEEPS } from "./cases-lexing.ts";
import { type Finding, Panel, toldAll } from "./compare.ts";
import { sending } from "./table.ts";
import { TABLES } from "./tables.ts";

const run = await available();

for (const table of TABLES) {
  describe.runIf(run)(table.name, () => {
    let panel: Panel;
    beforeAll(async () => {
      panel = await Panel.of(table);
    });
    afterAll(() => panel.dispose());

    for (const each of table.cases) {
      test(shown(each.id), async () => {
        expect(toldAll(await panel.ask(`${table.name}: ${each.id}`, sending(table, each)))).toBe("");
      });
    }
  });
}

describe.runIf(run)("every byte", () => {
  let panel: Panel;
  beforeAll(async () => {
    panel = await Panel.start();
  });
  afterAll(() => panel.dispose());

  for (const { name, before, after } of SWEEPS) {
    test(name, async () => {
      const findings: Finding[] = [];
      for (let byte = 0; byte < 256; byte++) {
        const bytes = before + String.fromCharCode(byte) + after;
        findings.push(...(await panel.ask(`${name}: ${byte.toString(16)}`, { bytes })));
      }
      expect(toldAll(findings)).toBe("");
    });
  }
});
