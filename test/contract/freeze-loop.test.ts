/** A real freeze, of loop-mounted file systems in a mount namespace of their own; needs root. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

// The Node that runs the tests.
const NODE = process.execPath;
const SCENARIO = join(import.meta.dirname, "freeze-loop/scenario.ts");

const directory = mkdtempSync("/tmp/lodger-freeze-");
afterAll(() => rmSync(directory, { recursive: true }));

interface Results {
  blocksWriters: { count: number; order: string[]; whileFrozen: number[]; thawed: number; after: number[] };
  failsHalfWay: { error: string; frozen: boolean; thawedAfterwards: number };
  freezesImagesFirst: { count: number; order: string[]; thawed: number; after: number };
  killedWhileFrozen: { said: string; whileFrozen: number[]; milliseconds: number; note: string };
  holdsItsMounts: { unmounting: number; lazily: number; thawed: number };
  countsOnlyItsOwn: { frozen: number; thawed: number };
  thawsWithoutThreads: { thawed: number; milliseconds: number };
  manyTimes: { milliseconds: number };
  log: string[];
}

describe("a real freeze", () => {
  let results: Results;

  beforeAll(async () => {
    const { stdout } = await promisify(execFile)("unshare", ["--mount", "--propagation", "private", NODE, SCENARIO, directory]);
    results = JSON.parse(stdout);
  }, 60_000);

  it("holds writers until the thaw, the latest mount first", () => {
    const { count, order, whileFrozen, thawed, after } = results.blocksWriters;
    expect({ count, order, whileFrozen, thawed }).toEqual({ count: 2, order: ["/xfs", "/ext4"], whileFrozen: [0, 0], thawed: 2 });
    for (const writes of after) expect(writes).toBeGreaterThan(0);
  });

  it("that fails half-way has thawed everything", () => {
    expect(results.failsHalfWay).toEqual({
      error: `failed to open ${directory}/parent/hidden: No such file or directory`,
      frozen: false,
      thawedAfterwards: 0,
    });
    expect(results.log).toContain(`warning: ${directory}/parent/hidden could not be thawed: No such file or directory`);
  });

  it("takes a file system on an image before the one that holds the image, whatever was mounted first", () => {
    const { after, ...rest } = results.freezesImagesFirst;
    expect(rest).toEqual({ count: 2, order: ["/inner", "/again"], thawed: 2 });
    expect(after).toBeGreaterThan(0);
  });

  it("ends within two seconds of the agent's death, by its guard", () => {
    const { said, whileFrozen, milliseconds, note } = results.killedWhileFrozen;
    expect({ said, whileFrozen }).toEqual({ said: "2", whileFrozen: [0, 0] });
    expect(milliseconds).toBeLessThan(2000);
    expect(note).toContain(`the agent was killed while file systems were frozen; thawed: ${directory}/ext4, ${directory}/xfs`);
  });

  it("lets go of no mount that is frozen, and thaws one that was taken out of the tree", () => {
    expect(results.holdsItsMounts).toEqual({ unmounting: 32, lazily: 0, thawed: 1 });
  });

  it("doesn't count what someone else froze, but thaws it", () => {
    expect(results.countsOnlyItsOwn).toEqual({ frozen: 1, thawed: 2 });
  });

  it("ends even if every thread waits in a write to what is frozen", () => {
    expect(results.thawsWithoutThreads.thawed).toBe(1);
    expect(results.thawsWithoutThreads.milliseconds).toBeLessThan(3000);
  });

  it("goes again and again", () => {
    expect(results.manyTimes.milliseconds).toBeLessThan(2000);
  });
});
