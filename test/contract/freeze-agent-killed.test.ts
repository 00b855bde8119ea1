/** An agent or a guard that is killed or stopped while file systems are frozen. */
import { beforeAll, describe, expect, it } from "vitest";
import { played } from "./freeze-agent/played.ts";

interface Results {
  killed: { milliseconds: number; status: string; frozen: number; thawed: number; log: string; afterwards: string };
  killedDuringLongFreeze: { milliseconds: number; waits: boolean; frozen: boolean; note: boolean };
  killedAtAnyMoment: { slowest: number };
  guardKilled: { thawed: number; left: string[]; log: string };
  stopped: { thawed: number; status: string; again: number; log: string; note: boolean };
  allKilled: { status: string; refused: string; thawed: number; frozen: number; log: string };
  startedFromSnapshot: { status: string; mark: boolean; log: string };
  daemonKilled: { milliseconds: number; status: string; note: boolean };
  stateFolderIsReadOnly: { error: string; status: string; guards: number; thawed: number };
}

describe("what is frozen", () => {
  let results: Results;
  beforeAll(async () => {
    results = await played<Results>("killed");
  }, 120_000);

  it("thaws within two seconds when the agent is killed, and the next start tells it once", () => {
    const { milliseconds, log, afterwards, ...rest } = results.killed;
    expect(rest).toEqual({ status: "thawed", frozen: 1, thawed: 1 });
    expect(milliseconds).toBeLessThan(2000);
    expect(log).toMatch(
      /warning: an earlier run of the agent ended while file systems were frozen: \S+Z the agent was killed while file systems were frozen; thawed: \/ext4, \/xfs\n/,
    );
    expect(afterwards).toBe("");
  });

  it("thaws as fast when the agent is killed while another still freezes, which is thawed when that is done", () => {
    const { milliseconds, ...rest } = results.killedDuringLongFreeze;
    expect(rest).toEqual({ waits: true, frozen: false, note: true });
    expect(milliseconds).toBeLessThan(2000);
  });

  it("thaws in whatever moment of a freeze the agent is killed", () => {
    expect(results.killedAtAnyMoment.slowest).toBeLessThan(2000);
  });

  it("is thawed by an agent whose guard was killed, which says so", () => {
    const { thawed, left } = results.guardKilled;
    expect({ thawed, left }).toEqual({ thawed: 2, left: [] });
    expect(results.guardKilled.log).toContain("message: the guard was gone before the thaw: it ended with SIGKILL");
  });

  it("is thawed by the guard if the agent is stopped past its lease, and the agent finds its way back", () => {
    const { log, ...rest } = results.stopped;
    expect(rest).toEqual({ thawed: 0, status: "thawed", again: 1, note: false });
    expect(log).toContain("message: the guard thawed in the agent's place");
  });

  it("is known to the next agent if nobody was left to thaw", () => {
    const { log, refused, ...rest } = results.allKilled;
    expect(rest).toEqual({ status: "frozen", thawed: 2, frozen: 1 });
    expect(refused).toContain("disabled");
    expect(log).toContain("warning: file systems are frozen since an earlier run of the agent: guest-fsfreeze-thaw thaws them");
  });

  it("is not what a snapshot's mark says after the machine was started anew", () => {
    const { log, ...rest } = results.startedFromSnapshot;
    expect(rest).toEqual({ status: "thawed", mark: false });
    expect(log).toContain("the machine has been started anew since");
  });

  it("thaws when a daemon is killed", () => {
    const { milliseconds, ...rest } = results.daemonKilled;
    expect(rest).toEqual({ status: "thawed", note: true });
    expect(milliseconds).toBeLessThan(2000);
  });

  it("is nothing where the state can't be kept, and the log goes on", () => {
    expect(results.stateFolderIsReadOnly).toEqual({
      error: "the frozen state can't be kept in /read-only/state: Read-only file system",
      status: "thawed",
      guards: 0,
      thawed: 0,
    });
  });
});
