import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import suspend from "../../../plugins/suspend/index.ts";
import { commandsOf, FakeProcesses, noSuchFile, type Outcome, RecordedLog } from "../run-command.ts";

const UNSUPPORTED = "the requested suspend mode is not supported by the guest";

/** A system with these programs and this content of /sys/power/state. */
function system(outcomes: Record<string, Outcome>, powerState?: string) {
  const written: string[] = [];
  const files = {
    readText: async (path: string) => {
      if (powerState === undefined || path !== "/sys/power/state") throw noSuchFile("open");
      return powerState;
    },
    writeText: async (path: string, text: string) => {
      written.push(`${path}=${text}`);
    },
  };
  const processes = new FakeProcesses(outcomes);
  return { written, processes, run: commandsOf(suspend, { files, processes, control: {} }) };
}

describe("by calls of the system's", () => {
  const calls = (able: boolean) => {
    const slept: string[] = [];
    const control = { canSleep: () => able, sleep: async (mode: string) => void slept.push(mode) };
    const processes = new FakeProcesses();
    const needs = { files: undefined, processes, control };
    return { slept, processes, run: commandsOf(suspend, needs), commands: suspend.commands?.(needs as never, undefined as never) ?? [] };
  };

  it("sleeps, and starts no program", async () => {
    const { slept, processes, run } = calls(true);
    await run("guest-suspend-ram");
    await run("guest-suspend-disk");
    expect({ slept, started: processes.started }).toEqual({ slept: ["ram", "disk"], started: [] });
  });

  it("is left out where the system can't", () => {
    const answers = (able: boolean) =>
      calls(able)
        .commands.slice(0, 2)
        .map(({ supported }) => supported?.());
    expect(answers(true)).toEqual([true, true]);
    expect(answers(false)).toEqual([expect.stringContaining("can't"), expect.stringContaining("can't")]);
  });
});

describe("systemd", () => {
  it.each([
    ["guest-suspend-disk", "systemd-hibernate", "hibernate"],
    ["guest-suspend-ram", "systemd-suspend", "suspend"],
    ["guest-suspend-hybrid", "systemd-hybrid-sleep", "hybrid-sleep"],
  ])("%s: a unit that is there is asked for", async (command, unit, verb) => {
    const { processes, run, written } = system({ [`systemctl status ${unit}`]: 3, [`systemctl ${verb}`]: 0 }, "mem disk");
    await run(command);
    expect(processes.started).toEqual([`systemctl status ${unit}`, `systemctl ${verb}`]);
    expect(written).toEqual([]);
  });

  it("is probed with a time limit, and suspends without one; nothing of their output is kept", async () => {
    const { processes, run } = system({ "systemctl status systemd-suspend": 3, "systemctl suspend": 0 });
    await run("guest-suspend-ram");
    expect(processes.options).toEqual([{ output: "ignored", timeoutMs: 10_000 }, { output: "ignored" }]);
  });

  it.each([1, 2, 3])("takes exit status %i for a unit that is there", async (status) => {
    const { processes, run } = system({ "systemctl status systemd-suspend": status, "systemctl suspend": 0 });
    await run("guest-suspend-ram");
    expect(processes.started).toContain("systemctl suspend");
  });

  it.each<Outcome>([0, 4, { status: undefined, signal: "SIGKILL", output: "" }])("takes %j for one that isn't", async (status) => {
    const { processes, run } = system({ "systemctl status systemd-suspend": status });
    await expect(run("guest-suspend-ram")).rejects.toThrow(UNSUPPORTED);
    expect(processes.started).toEqual(["systemctl status systemd-suspend", "pm-is-supported --suspend"]);
  });
});

describe("without systemd", () => {
  it.each([
    ["guest-suspend-disk", "--hibernate", "pm-hibernate"],
    ["guest-suspend-ram", "--suspend", "pm-suspend"],
    ["guest-suspend-hybrid", "--suspend-hybrid", "pm-suspend-hybrid"],
  ])("%s goes to pm-utils", async (command, flag, program) => {
    const { processes, run, written } = system({ [`pm-is-supported ${flag}`]: 0, [program]: 0 }, "mem disk");
    await run(command);
    expect(processes.started.slice(-2)).toEqual([`pm-is-supported ${flag}`, program]);
    expect(written).toEqual([]);
  });

  it.each([
    ["guest-suspend-disk", "disk"],
    ["guest-suspend-ram", "mem"],
  ])("%s writes %s to the kernel, if it has the word", async (command, word) => {
    const { written, run } = system({}, "freeze standby mem disk\n");
    await run(command);
    expect(written).toEqual([`/sys/power/state=${word}`]);
  });

  it("has no hybrid of the kernel", async () => {
    const { written, run } = system({}, "mem disk\n");
    await expect(run("guest-suspend-hybrid")).rejects.toThrow(UNSUPPORTED);
    expect(written).toEqual([]);
  });

  it.each([undefined, "", "freeze mem\n", "disks"])("a kernel with %j has no disk", async (words) => {
    const { written, run } = system({}, words);
    await expect(run("guest-suspend-disk")).rejects.toMatchObject({ code: "COMMAND_FAILED", message: UNSUPPORTED });
    expect(written).toEqual([]);
  });
});

describe("a way that fails", () => {
  it("falls through to the next, down to the kernel", async () => {
    const log = new RecordedLog();
    const failing = { "systemctl status systemd-suspend": 3, "systemctl suspend": 1, "pm-is-supported --suspend": 0, "pm-suspend": 1 };
    const { processes, written, run } = system(failing, "mem");
    await run("guest-suspend-ram", {}, { log });
    expect(processes.started).toEqual(Object.keys(failing));
    expect(written).toEqual(["/sys/power/state=mem"]);
    expect(log.lines).toEqual(["warning: suspending to ram through systemd failed", "warning: suspending to ram through pm-utils failed"]);
  });

  it("doesn't put to sleep a guest whose client has gone away", async () => {
    const { processes, run } = system({ "systemctl status systemd-suspend": 3, "systemctl suspend": 0 }, "mem");
    await expect(run("guest-suspend-ram", {}, { signal: AbortSignal.abort() })).rejects.toThrow("given up");
    expect(processes.started).toEqual(["systemctl status systemd-suspend"]);
  });

  it.each([
    ["EMFILE", "Too many open files"],
    ["ENFILE", "Too many open files in system"],
    ["ENOMEM", "Cannot allocate memory"],
    ["EAGAIN", "Resource temporarily unavailable"],
  ])("for want of something (%s) says nothing of what the guest supports", async (code, text) => {
    const shortage = new OsError(code, 1, text, "execve");
    const { processes, written, run } = system({ "systemctl status systemd-suspend": shortage }, "mem");
    await expect(run("guest-suspend-ram")).rejects.toMatchObject({
      code: "COMMAND_FAILED",
      message: `failed to suspend the guest: systemctl can't be used now: ${text}`,
    });
    expect({ started: processes.started, written }).toEqual({ started: ["systemctl status systemd-suspend"], written: [] });
  });

  it("for want of descriptors at the kernel's file says so, too", async () => {
    const files = { readText: async () => Promise.reject(new OsError("EMFILE", 24, "Too many open files", "open")) };
    const run = commandsOf(suspend, { files, processes: new FakeProcesses(), control: {} });
    await expect(run("guest-suspend-ram")).rejects.toThrow("/sys/power/state can't be used now: Too many open files");
  });

  it("keeps a fault of the agent itself apart", async () => {
    const files = { readText: async () => Promise.reject(new TypeError("a bug")) };
    const run = commandsOf(suspend, { files, processes: new FakeProcesses() });
    await expect(run("guest-suspend-ram")).rejects.toThrow(TypeError);
  });
});
