import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import power from "../../../plugins/power/index.ts";
import { commandsOf, FakeProcesses, type Outcome } from "../run-command.ts";

const ALL = ["/sbin/poweroff", "/sbin/halt", "/sbin/reboot"];

function system(outcomes: Record<string, Outcome>, executables: readonly string[] = ALL) {
  const processes = new FakeProcesses(outcomes, executables);
  return { processes, run: commandsOf(power, { processes, control: {} }) };
}

describe("guest-shutdown", () => {
  it.each([
    [{}, "/sbin/poweroff"],
    [{ mode: "powerdown" }, "/sbin/poweroff"],
    [{ mode: "halt" }, "/sbin/halt"],
    [{ mode: "reboot" }, "/sbin/reboot"],
  ])("%j starts %s without arguments", async (args, program) => {
    const { processes, run } = system({ [program]: 0 });
    await run("guest-shutdown", args);
    expect(processes.started).toEqual([program]);
  });

  it.each([
    ["powerdown", "-P"],
    ["halt", "-H"],
    ["reboot", "-r"],
  ])("%s falls back to shutdown -h %s", async (mode, option) => {
    const line = `/sbin/shutdown -h ${option} +0 hypervisor initiated shutdown`;
    const { processes, run } = system({ [line]: 0 }, []);
    await run("guest-shutdown", { mode });
    expect(processes.started).toEqual([line]);
  });

  it.each([
    ["powerdown", "/sbin/shutdown -h now"],
    ["reboot", "/sbin/shutdown -r now"],
  ])("%s on macOS is %s", async (mode, line) => {
    const { value: before } = Object.getOwnPropertyDescriptor(process, "platform") ?? {};
    Object.defineProperty(process, "platform", { value: "darwin" });
    try {
      const { processes, run } = system({ [line]: 0 });
      await run("guest-shutdown", { mode });
      expect(processes.started).toEqual([line]);
    } finally {
      Object.defineProperty(process, "platform", { value: before });
    }
  });

  it("by a call of the system's starts no program, and tells why it failed", async () => {
    const asked: string[] = [];
    const control = {
      shutDown(mode: string) {
        asked.push(mode);
        if (mode === "halt") throw new OsError("EPERM", 1314, "A required privilege is not held by the client.", "InitiateShutdown");
      },
    };
    const processes = new FakeProcesses();
    const run = commandsOf(power, { processes, control });
    await run("guest-shutdown", { mode: "reboot" });
    await expect(run("guest-shutdown", { mode: "halt" })).rejects.toThrow(
      "failed to shut the guest down: A required privilege is not held",
    );
    expect({ asked, started: processes.started }).toEqual({ asked: ["reboot", "halt"], started: [] });
  });

  it("is not stopped when its client goes away", async () => {
    const { processes, run } = system({ "/sbin/poweroff": 0 });
    await run("guest-shutdown", {}, { signal: AbortSignal.abort() });
    expect(processes.options).toEqual([{}]);
  });

  it.each(["", "Powerdown", "suspend"])("refuses the mode %j with the interface's text", async (mode) => {
    const { processes, run } = system({});
    await expect(run("guest-shutdown", { mode })).rejects.toThrow(/^mode is invalid \(valid values are: halt\|powerdown\|reboot$/);
    expect(processes.started).toEqual([]);
  });

  it.each<[string, Outcome | undefined, string]>([
    ["what it printed", { status: 1, signal: undefined, output: "no!\n" }, "child process has failed to shutdown: no!\n"],
    ["its exit status, if it was silent", 3, "child process has failed to shutdown: exit status 3"],
    ["a signal", { status: undefined, signal: "SIGKILL", output: "" }, "child process has terminated abnormally"],
    [
      "a signal, and what it printed",
      { status: undefined, signal: "SIGSEGV", output: "oh" },
      "child process has terminated abnormally: oh",
    ],
    [
      "that it can't be started",
      undefined,
      "child process has failed to shutdown: failed to exec '/sbin/poweroff': No such file or directory\n",
    ],
  ])("reports %s", async (_, outcome, message) => {
    const { run } = system(outcome === undefined ? {} : { "/sbin/poweroff": outcome });
    await expect(run("guest-shutdown")).rejects.toMatchObject({ code: "COMMAND_FAILED", message });
  });
});
