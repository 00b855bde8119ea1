/**
 * Made-up input: equal answers are required for whatever comes out of the grammar.
 * LODGER_DIFFERENTIAL_SECONDS says how long (20), LODGER_DIFFERENTIAL_SEED which; both are printed, and a failing input is shrunk.
 */
import fc from "fast-check";
import { afterAll, beforeAll, describe, test } from "vitest";
import { available } from "./available.ts";
import { Panel, toldAll } from "./compare.ts";
import { messages } from "./grammar.ts";
import { Refused } from "./guard.ts";

const SECONDS = Number(process.env.LODGER_DIFFERENTIAL_SECONDS ?? 20);
const SEED = Number(process.env.LODGER_DIFFERENTIAL_SEED ?? Date.now() & 0x7fffffff);

const run = await available();

describe.runIf(run)("generated", () => {
  let panel: Panel;
  beforeAll(async () => {
    // 11 has another parser of malformed messages.
    panel = await Panel.start({ generations: ["current", "7.2"] });
  });
  afterAll(() => panel.dispose());

  test(`token soups, seed ${SEED}, ${SECONDS} s`, { timeout: SECONDS * 1000 + 60_000 }, async () => {
    let sent = 0;
    const same = fc.asyncProperty(messages, async (bytes) => {
      sent++;
      try {
        const findings = await panel.ask(`generated: ${bytes}`, { bytes });
        if (findings.length > 0) throw new Error(toldAll(findings));
      } catch (error) {
        // An edit may have made a name of two pieces; such input is just not sent.
        if (!(error instanceof Refused)) throw error;
      }
    });
    await fc.assert(same, { seed: SEED, numRuns: 10_000_000, interruptAfterTimeLimit: SECONDS * 1000, markInterruptAsFailure: false });
    console.log(`differential test: ${sent} generated inputs, seed ${SEED}`);
  });
});
