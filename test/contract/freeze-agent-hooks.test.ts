/** Hooks around real freezes, and a hundred freezes in a row. */
import { beforeAll, describe, expect, it } from "vitest";
import { played } from "./freeze-agent/played.ts";

interface Counts {
  descriptors: number;
  guards: number;
  kilobytes: number;
}

interface Results {
  inOrder: { frozen: number; thawed: number; trace: string[]; log: string };
  hangs: { error: string; status: string; trace: string[] };
  fails: { error: string; status: string; trace: string[] };
  failsToThaw: { error: string; status: string };
  notRoots: { errors: string[]; ran: boolean };
  givenUp: { error: string; thawed: number; trace: string[] };
  terminatedDuringHook: { status: number; trace: string[] };
  thawedAtAnyMoment: { outcomes: unknown[]; untold: number; status: string };
  atOnce: { outcomes: unknown[]; status: string; guards: number };
  thawedByWhoLeaves: { frozen: number; thawed: number };
  againAndAgain: { frozen: number[]; thawed: number[]; before: Counts; after: Counts };
}

const GIVEN_UP = "the freeze was given up, and everything is thawed";
const NOT_ROOTS = "is not run, because others than root can write it: chown root, chmod go-w";

describe("hooks of the agent", () => {
  let results: Results;
  beforeAll(async () => {
    results = await played<Results>("hooks");
  }, 300_000);

  it("run in order before, the other way round after, and what they print is in the log", () => {
    const { log, ...rest } = results.inOrder;
    expect(rest).toEqual({
      frozen: 1,
      thawed: 1,
      trace: ["single freeze", "10-a freeze", "20-b freeze", "20-b thaw", "10-a thaw", "single thaw"],
    });
    expect(log).toMatch(/message: hook \/hooks-1\/20-b freeze: ran [\d.]+ s, and said: flushed\n/);
  });

  it("that hang are ended, and those that were started hear of the end", () => {
    expect(results.hangs).toEqual({
      error: "the freeze hook /hooks-2/2-hangs failed to freeze: it did not end within 1 s",
      status: "thawed",
      trace: ["1-good freeze", "2-hangs freeze", "2-hangs thaw", "1-good thaw"],
    });
  });

  it("that fail are named, with what they said", () => {
    expect(results.fails).toEqual({
      error: "the freeze hook /hooks-3/2-fails failed to freeze: child process has failed to execute fsfreeze hook: no database",
      status: "thawed",
      trace: ["1-good freeze", "2-fails freeze", "2-fails thaw", "1-good thaw"],
    });
  });

  it("that fail after the thaw don't keep anything frozen", () => {
    expect(results.failsToThaw.status).toBe("thawed");
    expect(results.failsToThaw.error).toContain("the freeze hook /hooks-4/1-fails failed to thaw");
  });

  it("are root's, and so is their folder, or they aren't run", () => {
    expect(results.notRoots).toEqual({
      errors: ["/hooks-5/theirs", "/hooks-6/open", "/hooks-7"].map((path) => `the freeze hook ${path} ${NOT_ROOTS}`),
      ran: false,
    });
  });

  it("hear once of the end of a freeze that a thaw gives up", () => {
    expect(results.givenUp).toEqual({
      error: GIVEN_UP,
      thawed: 0,
      trace: ["1-good freeze", "2-slow freeze", "2-slow thaw", "1-good thaw"],
    });
  });

  it("run to their end after the thaw, also when the agent is told to end meanwhile", () => {
    expect(results.terminatedDuringHook).toEqual({ status: 0, trace: ["1-slow freeze", "1-slow thaw", "1-slow ended"] });
  });

  it("hear of the end, in whatever moment of a freeze a thaw comes", () => {
    const { outcomes, ...rest } = results.thawedAtAnyMoment;
    expect(rest).toEqual({ untold: 0, status: "thawed" });
    expect([1, GIVEN_UP]).toEqual(expect.arrayContaining(outcomes));
  });

  it("or not, clients that freeze and thaw at once get sensible answers, and leave everything thawed", () => {
    const { outcomes, ...rest } = results.atOnce;
    expect(rest).toEqual({ status: "thawed", guards: 0 });
    const disabled = "Command guest-fsfreeze-freeze-list has been disabled: the command is not allowed";
    expect([0, 1, disabled, GIVEN_UP]).toEqual(expect.arrayContaining(outcomes));
  });

  it("or not, a thaw is done for a host that leaves right after it", () => {
    expect(results.thawedByWhoLeaves).toEqual({ frozen: 1, thawed: 0 });
  });

  it("or not, a hundred freezes leave nothing behind", () => {
    const { frozen, thawed, before, after } = results.againAndAgain;
    expect({ frozen, thawed }).toEqual({ frozen: [1], thawed: [1] });
    expect({ ...after, kilobytes: 0 }).toEqual({ ...before, kilobytes: 0 });
    expect(after.kilobytes - before.kilobytes).toBeLessThan(24 * 1024);
  });
});
