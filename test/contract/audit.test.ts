/** The audit of a running agent: where its lines go, and what becomes of them when nothing can be written. */
import { beforeAll, describe, expect, it } from "vitest";
import { played } from "./freeze-agent/played.ts";

interface Results {
  rotated: { modes: string[]; files: string[][]; withoutGap: boolean };
  fullDisk: { answered: object; lines: number; withoutGap: boolean; last: string; said: number };
  flooded: { whole: boolean; grown: number; grownMore: number; all: boolean; inPlace: boolean; keptMany: boolean };
  journal: { fields: Record<string, string>; same: boolean; first: string; count: number; log: string };
  frozen: { still: boolean; stillToo: boolean; withoutGap: boolean; reason: string; thaws: string[]; rest: string[] };
  frozenStart: { made: boolean; lines: string[] };
  killedWhileFrozen: { lines: string[]; by: string };
  reloaded: { lines: string[]; problems: string[] };
  ended: Record<string, unknown>;
  untrusted: { status: number; stderr: string };
}

describe("the audit", () => {
  let results: Results;
  beforeAll(async () => {
    results = await played<Results>("audit");
  }, 120_000);

  it("goes on in a new file when its own was moved or removed, at once at SIGHUP", () => {
    expect(results.rotated).toEqual({
      modes: ["700", "600"],
      files: [["start", "guest-ping"], ["guest-get-time"], ["guest-get-host-name"], ["reload", "stop"]],
      withoutGap: true,
    });
  });

  it("waits for a full disk without a gap, and says so once", () => {
    expect(results.fullDisk).toEqual({ answered: {}, lines: 6003, withoutGap: true, last: "stop", said: 2 });
  });

  it("has all of 130,000 requests, and counts what doesn't fit in bounded memory", () => {
    const { grown, grownMore, ...rest } = results.flooded;
    expect(rest).toEqual({ whole: true, all: true, inPlace: true, keptMany: true });
    expect(grown).toBeLessThan(40_000);
    expect(grownMore).toBeLessThan(60_000);
  });

  it("goes to the journal, also to one that comes later", () => {
    const { fields, log, ...rest } = results.journal;
    expect(rest).toEqual({ same: true, first: "start", count: 204 });
    expect(fields).toEqual({
      MESSAGE: expect.stringMatching(/^guest-exec of .*: error COMMAND_FAILED \([\d.]+ ms\)$/),
      PRIORITY: "5",
      SYSLOG_IDENTIFIER: "lodger-audit",
      LODGER_COMMAND: "guest-exec",
      LODGER_DECISION: "allowed",
      LODGER_PEER: expect.stringContaining("socket"),
    });
    expect(log.match(/journal/g)).toHaveLength(2);
  });

  it("waits in memory while file systems are frozen, and has the thaw by the lease", () => {
    expect(results.frozen).toEqual({
      still: true,
      stillToo: true,
      withoutGap: true,
      reason: "file systems are frozen, and this command could write to them",
      thaws: ["guest-fsfreeze-thaw", "the end of its lease"],
      rest: ["start", "guest-ping", "guest-fsfreeze-freeze-list", "guest-exec", "thawed", "guest-fsfreeze-thaw", "stop"],
    });
  });

  it("opens nothing where file systems are frozen at the start, and has it all after the thaw", () => {
    expect(results.frozenStart).toEqual({ made: false, lines: ["start", "guest-ping", "thawed", "guest-fsfreeze-thaw", "stop"] });
  });

  it("has the thaw by the guard of an agent that was killed", () => {
    const { lines, by } = results.killedWhileFrozen;
    expect(lines).toEqual(["start", "start", "thawed", "stop"]);
    expect(by).toContain("the agent was killed while file systems were frozen; thawed: ");
  });

  it("begins and ends with a reload, and has those that were refused", () => {
    const { lines, problems } = results.reloaded;
    expect(lines).toEqual(["reload", "guest-ping", "config-refused", "config-refused", "guest-ping", "audit-off"]);
    expect(problems).toEqual([expect.stringMatching(/^FILE:2: .*fiel/), expect.stringMatching(/chmod go-w/)]);
  });

  it("is written to its end by an agent that is told to end, and is whole after one that is killed", () => {
    expect(results.ended).toEqual({ SIGTERM: [2002, true, 0], SIGKILL: [2001, true, null] });
  });

  it("goes nowhere where others could change it: the agent doesn't start", () => {
    expect(results.untrusted).toEqual({
      status: 1,
      stderr: "lodger: /N: others than its owner may write to it: 'chmod go-w /N'\n",
    });
  });
});
