import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import time from "../../../plugins/time/index.ts";
import { commandsOf, FakeProcesses, type Outcome, RecordedLog } from "../run-command.ts";

const SECOND = 1_000_000_000n;
const END_OF_2069 = 3_155_760_000n * SECOND - 1n;

function system(outcomes: Record<string, Outcome>, refusal?: OsError) {
  const set: bigint[] = [];
  const processes = new FakeProcesses(outcomes);
  const log = new RecordedLog();
  const clock = {
    now: () => 1_795_417_299_575_293_335n,
    set: (nanoseconds: bigint) => {
      if (refusal !== undefined) throw refusal;
      set.push(nanoseconds);
    },
  };
  const run = commandsOf(time, { clock, processes });
  return { set, processes, log, run: (name: string, args = {}) => run(name, args, { log }) };
}

describe("guest-get-time", () => {
  it("is exact to the nanosecond", async () => {
    expect(await system({}).run("guest-get-time")).toBe(1_795_417_299_575_293_335n);
  });
});

describe("guest-set-time", () => {
  it.each([0, 1, 1_000_000_000, 1_795_417_299_575_293_335n, END_OF_2069])(
    "sets the clock to %s, then the hardware's",
    async (nanoseconds) => {
      const { run, set, processes, log } = system({ "/sbin/hwclock -w": 0 });
      await run("guest-set-time", { time: nanoseconds });
      expect(set).toEqual([BigInt(nanoseconds)]);
      expect(processes.started).toEqual(["/sbin/hwclock -w"]);
      expect(processes.options[0]?.timeoutMs).toBeGreaterThanOrEqual(10_000);
      expect(log.lines).toEqual([]);
    },
  );

  it.each([-1, -999, -1_000_000_000, END_OF_2069 + 1n, 2n ** 63n - 1n, -(2n ** 63n)])(
    "refuses %s and touches nothing",
    async (nanoseconds) => {
      const { run, set, processes } = system({ "/sbin/hwclock -w": 0 });
      await expect(run("guest-set-time", { time: nanoseconds })).rejects.toThrow(/^Invalid time$/);
      expect({ set, started: processes.started }).toEqual({ set: [], started: [] });
    },
  );

  it("takes the hardware clock's time if none is given", async () => {
    const { run, set, processes } = system({ "/sbin/hwclock -s": 0 });
    await run("guest-set-time");
    expect({ set, started: processes.started }).toEqual({ set: [], started: ["/sbin/hwclock -s"] });
  });

  it("leaves the hardware clock alone when the system's can't be set", async () => {
    const { run, processes } = system({ "/sbin/hwclock -w": 0 }, new OsError("EPERM", 1, "Operation not permitted", "clock_settime"));
    await expect(run("guest-set-time", { time: 5 })).rejects.toThrow(/^Failed to set time to guest: Operation not permitted$/);
    expect(processes.started).toEqual([]);
  });

  it("doesn't hide a fault of the agent's behind an error for the client", async () => {
    const { run } = system({ "/sbin/hwclock -w": 0 }, new TypeError("broken") as unknown as OsError);
    await expect(run("guest-set-time", { time: 5 })).rejects.toBeInstanceOf(TypeError);
  });

  it.each<[Outcome | undefined, string]>([
    [
      undefined,
      "child process has failed to set hardware clock to system time: failed to exec '/sbin/hwclock': No such file or directory\n",
    ],
    [1, "child process has failed to set hardware clock to system time: exit status 1"],
    [
      { status: 1, signal: undefined, output: "hwclock: Cannot access the Hardware Clock via any known method.\n" },
      "child process has failed to set hardware clock to system time: hwclock: Cannot access the Hardware Clock via any known method.\n",
    ],
    [{ status: undefined, signal: "SIGKILL", output: "" }, "child process has terminated abnormally"],
  ])("says in the log that the clock was set when hwclock fails (%j)", async (outcome, text) => {
    const { run, set, log } = system(outcome === undefined ? {} : { "/sbin/hwclock -w": outcome });
    await expect(run("guest-set-time", { time: 7 })).rejects.toMatchObject({ message: text });
    expect(set).toEqual([7n]);
    expect(log.lines).toEqual(["warning: guest-set-time: the system's clock was set, the hardware clock was not"]);
  });

  it("says nothing of the kind without a time", async () => {
    const { run, log } = system({ "/sbin/hwclock -s": 1 });
    await expect(run("guest-set-time")).rejects.toThrow("child process has failed to set hardware clock to system time: exit status 1");
    expect(log.lines).toEqual([]);
  });
});
