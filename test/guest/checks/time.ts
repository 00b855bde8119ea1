import { afterAll, beforeAll, expect, test } from "vitest";
import type { Machine } from "../machine.ts";
import type { SharedGuest } from "../shared-guest.ts";

/** 2033-05-18, when nothing that the guest has of today is valid any more. */
const farAway = 2_000_000_000;
const before1970 = -1;
const after2069 = 3_200_000_000;

/** The guest's clock and the hardware's, in seconds since 1970, by /proc and the driver: no agent has a part in it. */
async function clocks(machine: Machine): Promise<{ system: number; hardware: number }> {
  const [system, hardware] = (await machine.shell.out("date +%s.%N; cat /sys/class/rtc/rtc0/since_epoch")).split("\n").map(Number);
  return { system: system ?? Number.NaN, hardware: hardware ?? Number.NaN };
}

function nanoseconds(seconds: number): number {
  return seconds * 1_000_000_000;
}

/** guest-get-time and guest-set-time. What waits for a time of day in the guest sees these jumps: after all that could mind. */
export function timeChecks(guest: SharedGuest): void {
  let started: { clock: number; host: number } | undefined;

  beforeAll(async () => {
    started = { clock: (await clocks(guest.machine)).system, host: performance.now() };
  });

  afterAll(async () => {
    if (started === undefined) return;
    const now = started.clock + (performance.now() - started.host) / 1000;
    await guest.machine.shell.run(`date -s @${now.toFixed(0)}; hwclock -w`);
  });

  test("guest-get-time is the time of the guest's clock", async () => {
    const date = () => guest.machine.shell.out("date +%s%N");
    const [before, now, after] = await guest.machine.withAgent(async (agent) => [
      Number(await date()),
      Number(await agent.call("guest-get-time")),
      Number(await date()),
    ]);
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThanOrEqual(after);
    guest.saw(`guest-get-time: between two calls of date that are ${((after - before) / 1e6).toFixed(0)} ms apart`);
  });

  test("guest-set-time sets the system's clock and the hardware's", async () => {
    const { machine } = guest;
    machine.qmp.forgetEvents();
    await machine.withAgent((agent) => agent.call("guest-set-time", { time: nanoseconds(farAway) }, 60_000));
    const set = await clocks(machine);
    expect(set.system - farAway).toBeGreaterThanOrEqual(0);
    expect(set.system - farAway).toBeLessThan(30);
    expect(Math.abs(set.hardware - set.system)).toBeLessThan(3);
    // the machine itself has seen the guest set its hardware clock
    const { offset } = (await machine.qmp.event("RTC_CHANGE")).data as { offset: number };
    expect(Math.abs(Date.now() / 1000 + offset - farAway)).toBeLessThan(60);
    const utc = await machine.shell.out("date -u +%FT%T; hwclock -r --utc");
    await machine.withAgent(async (agent) => {
      const now = Number(await agent.call("guest-get-time"));
      expect(now / 1e9 - farAway).toBeLessThan(60);
    });
    guest.saw(
      `guest-set-time: set to 2033-05-18T03:33:20; date and hwclock say ${utc.replace("\n", ", ")}; QMP said RTC_CHANGE by ${(offset / 86400 / 365).toFixed(1)} years`,
    );
  });

  test("without a time it is the hardware clock's", async () => {
    const { machine } = guest;
    await machine.shell.out("date -s @1900000000");
    await machine.withAgent((agent) => agent.call("guest-set-time", undefined, 60_000));
    const set = await clocks(machine);
    expect(set.system).toBeGreaterThan(farAway);
    expect(Math.abs(set.hardware - set.system)).toBeLessThan(3);
    guest.saw(
      `guest-set-time without time: the clock, put 3 years away before, is the hardware's again, ${Math.abs(set.hardware - set.system).toFixed(1)} s apart`,
    );
  });

  test.each([before1970, after2069])("%d seconds are refused, and the clock goes on", async (seconds) => {
    const { machine } = guest;
    const before = await clocks(machine);
    await machine.withAgent(async (agent) => {
      expect(await agent.failure("guest-set-time", { time: nanoseconds(seconds) })).toEqual({
        class: "GenericError",
        desc: expect.stringMatching(/^Invalid time/),
      });
    });
    const after = await clocks(machine);
    expect(after.system - before.system).toBeGreaterThanOrEqual(0);
    expect(after.system - before.system).toBeLessThan(30);
  });
}
