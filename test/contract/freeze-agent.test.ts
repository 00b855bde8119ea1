/** Real freezes by the agent as its users run it: what others see meanwhile, and what a freeze that fails leaves. */
import { beforeAll, describe, expect, it } from "vitest";
import { played } from "./freeze-agent/played.ts";

interface Results {
  all: {
    planned: string[][];
    frozen: number;
    status: string;
    again: string;
    whileFrozen: number[];
    thawed: number;
    after: string;
    guards: number;
  };
  byAnotherMountPoint: { frozen: number; whileFrozen: number; thawed: number };
  long: { early: boolean; frozen: number; idle: number; slowest: number; thawed: number };
  mountTimeout: { error: string; milliseconds: number; again: string; status: string; guards: number; frozen: number; thawed: number };
  wholeTimeout: { error: string; milliseconds: number; thawed: number };
  skipsFailing: { frozen: number; thawed: number; log: string };
  hiddenBtrfs: { frozen: number; thawed: number };
  mountsChange: { frozen: number; status: string; thawed: number };
  lease: { frozen: number; statuses: string[]; milliseconds: number; thawed: number; log: string; guards: number };
  terminated: { status: number; milliseconds: number; log: string; guards: number };
  writesNothing: { same: boolean; grown: number; faultsOfThaw: number; refused: string; thawed: number };
}

const DISABLED = "has been disabled: the command is not allowed";

describe("the agent's freeze", () => {
  let results: Results;
  beforeAll(async () => {
    results = await played<Results>("freezes");
  }, 120_000);

  it("takes ext4, xfs, btrfs and an image on an image in the planned order, each once", () => {
    const { planned, again, ...rest } = results.all;
    expect(planned).toEqual([["/btrfs"], ["/xfs"], ["/ext4", "/bind"], ["/slow"], ["/disk"]]);
    expect(again).toContain(DISABLED);
    expect(rest).toEqual({ frozen: 5, status: "frozen", whileFrozen: [0, 0, 0, 0], thawed: 5, after: "thawed", guards: 0 });
  });

  it("takes a file system by the path of a bind mount", () => {
    expect(results.byAnotherMountPoint).toEqual({ frozen: 1, whileFrozen: 0, thawed: 1 });
  });

  it("keeps nobody waiting while it takes long", () => {
    const { idle, slowest, ...rest } = results.long;
    expect(rest).toEqual({ early: false, frozen: 2, thawed: 2 });
    expect(slowest).toBeLessThan(100 + 2 * idle);
  });

  it("ends when one file system takes too long: the others are thawed, and that one when it can be", () => {
    const { milliseconds, ...rest } = results.mountTimeout;
    expect(rest).toEqual({
      error: "failed to freeze /slow: it takes too long, perhaps its device hangs or has much to write",
      again: "an earlier freeze still hangs in the kernel: /slow; look at its device",
      status: "thawed",
      guards: 1,
      frozen: 1,
      thawed: 1,
    });
    expect(milliseconds).toBeGreaterThan(990);
    expect(milliseconds).toBeLessThan(4000);
  });

  it("ends when all together take too long, even if what fails is skipped", () => {
    const { error, milliseconds } = results.wholeTimeout;
    expect(error).toContain("failed to freeze /slow: it takes too long");
    expect(milliseconds).toBeLessThan(4000);
  });

  it("leaves out what fails where it shall, and says so", () => {
    const { log, ...counts } = results.skipsFailing;
    expect(counts).toEqual({ frozen: 1, thawed: 1 });
    expect(log).toContain("message: /parent/hidden was left out of the freeze: failed to open /parent/hidden: No such file or directory");
  });

  it("takes nothing in place of a btrfs that it lies over", () => {
    expect(results.hiddenBtrfs).toEqual({ frozen: 0, thawed: 0 });
  });

  it("isn't confused by mounts that come and go", () => {
    expect(results.mountsChange).toEqual({ frozen: 2, status: "frozen", thawed: 2 });
  });

  it("ends with its lease, though its client has gone and others ping", () => {
    const { milliseconds, log, ...rest } = results.lease;
    expect(rest).toEqual({ frozen: 2, statuses: ["frozen", "thawed"], thawed: 0, guards: 0 });
    expect(milliseconds).toBeGreaterThan(500);
    expect(milliseconds).toBeLessThan(4000);
    expect(log).toContain("because nobody did within the 1 s of the freeze's lease");
    expect(log).toMatch(
      /message: thawed by the end of its lease: 2 file systems were frozen, \/xfs \(xfs\) for [\d.]+ s .*, \/ext4 \(ext4\) for /,
    );
  });

  it("ends before an agent that is told to end", () => {
    const { status, log, guards } = results.terminated;
    expect({ status, guards }).toEqual({ status: 0, guards: 0 });
    expect(log).toContain("2 file systems were frozen");
  });

  it("lets the agent write nothing, though its log and state lie on what is frozen, and reads nothing for the thaw", () => {
    const { refused, ...rest } = results.writesNothing;
    expect(refused).toContain(DISABLED);
    expect(rest).toEqual({ same: true, grown: 0, faultsOfThaw: 0, thawed: 2 });
  });
});
