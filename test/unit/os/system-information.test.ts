import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { LinuxSystemInformation } from "../../../core/os/linux/system-information.ts";

const system = new LinuxSystemInformation();
const output = (program: string, ...args: string[]) => execFileSync(program, args, { encoding: "utf8" }).trimEnd();

describe("system information", () => {
  it("has the kernel that uname has", () => {
    expect(system.kernel()).toEqual({ release: output("uname", "-r"), version: output("uname", "-v"), machine: output("uname", "-m") });
  });

  it("has the kernel's host name", () => {
    expect(system.hostName()).toBe(readFileSync("/proc/sys/kernel/hostname", "utf8").trimEnd());
  });

  it("has the load that the kernel tells, or has told a moment before", async () => {
    const told = () => readFileSync("/proc/loadavg", "utf8").split(" ", 3).map(Number);
    // The kernel counts anew every five seconds, which may be just between.
    await expect.poll(() => system.load().every((load, index) => Math.abs(load - (told()[index] ?? Number.NaN)) < 0.02)).toBe(true);
  });

  it("has the C library's ticks", () => {
    expect(system.ticksPerSecond()).toBe(Number(output("getconf", "CLK_TCK")));
  });
});

/** Asks in a process of its own: a C library takes TZ from the environment that it was started with. */
function timeZoneWith(zone: string | undefined): { readonly zone?: string; readonly offset: number } {
  const { TZ: _, ...environment } = process.env;
  const script = `import { LinuxSystemInformation } from ${JSON.stringify(`${import.meta.dirname}/../../../core/os/linux/system-information.ts`)};
console.log(JSON.stringify(new LinuxSystemInformation().timeZone()));`;
  const env = zone === undefined ? environment : { ...environment, TZ: zone };
  return JSON.parse(execFileSync(process.execPath, ["--input-type=module-typescript", "--eval", script], { encoding: "utf8", env }));
}

describe("the time zone", () => {
  it.each([
    ["UTC0", "UTC", 0],
    ["CET-1", "CET", 3600],
    ["<+0330>-3:30", "+0330", 12600],
    ["<+0545>-5:45", "+0545", 20700],
    ["NST3:30", "NST", -12600],
    ["XYZ5:30:15", "XYZ", -19815],
    ["<-12>12", "-12", -43200],
    ["<+14>-14", "+14", 50400],
    // Summer time the whole year, so that the test is right in every season.
    ["AAA1BBB,0/0,J365/25", "BBB", 0],
    ["", "UTC", 0],
  ])("%j is %s, %i seconds east", (setting, zone, offset) => {
    expect(timeZoneWith(setting)).toEqual({ zone, offset });
  });

  it("is the one of other programs", () => {
    const { TZ: _, ...env } = process.env;
    const [zone, seconds] = execFileSync("date", ["+%Z %::z"], { encoding: "utf8", env }).trim().split(" ");
    const [hours = 0, minutes = 0] = (seconds ?? "").slice(1).split(":").map(Number);
    expect(timeZoneWith(undefined)).toEqual({ zone, offset: (seconds?.startsWith("-") ? -1 : 1) * (hours * 3600 + minutes * 60) });
  });
});
