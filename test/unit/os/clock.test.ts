import { execFileSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { LinuxClock } from "../../../core/os/linux/clock.ts";

const clock = new LinuxClock();

describe("the clock", () => {
  it("tells nanoseconds since 1970", () => {
    const before = BigInt(Date.now()) * 1_000_000n;
    const now = clock.now();
    expect(now).toBeGreaterThanOrEqual(before);
    expect(now).toBeLessThan(before + 60_000_000_000n);
  });

  it("is the one of other programs", () => {
    const before = clock.now();
    const date = BigInt(execFileSync("date", ["+%s%N"], { encoding: "utf8" }).trim());
    expect(date).toBeGreaterThan(before);
    expect(date).toBeLessThan(clock.now());
  });

  it("is finer than a microsecond", () => {
    const finer = Array.from({ length: 20 }, () => clock.now()).some((now) => now % 1000n !== 0n);
    expect(finer).toBe(true);
  });

  // No time that the kernel would take is ever set here; that is left to the tests in the guest.
  it.each([-1n, -1_500_000_001n, -(2n ** 63n)])("passes on that the kernel refuses %s", (nanoseconds) => {
    expect(() => clock.set(nanoseconds)).toThrow(
      expect.objectContaining({ name: "OsError", code: "EINVAL", message: "Invalid argument", call: "clock_settime" }),
    );
  });
});
