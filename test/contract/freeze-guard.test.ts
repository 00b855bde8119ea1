/** Guards that can't be had: that is said, and the agent goes on. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { LinuxFreezeGuard } from "../../core/os/linux/freeze-guard.ts";

const ORDERS = { fileSystems: [], mark: "/nowhere/mark", note: "/nowhere/note" };
const CANT = "the guard that thaws if the agent is killed can't be started: ";

describe("a guard", () => {
  it.each([
    ["isn't there", ["/nowhere/guard"], "spawn /nowhere/guard ENOENT"],
    ["ends at once", ["/bin/false"], "it ended with status 1"],
    ["says something else", ["/bin/echo", "hello"], "it said 'hello'"],
  ] as const)("that %s is an error", async (_, command, reason) => {
    await expect(new LinuxFreezeGuard(command).arm(ORDERS)).rejects.toThrow(CANT + reason);
  });

  it("that no descriptor is left for is an error, and not the end of the agent", async () => {
    const script = join(import.meta.dirname, "freeze-loop/guard-without-descriptors.ts");
    const { stdout } = await promisify(execFile)("prlimit", ["--nofile=64", process.execPath, script]);
    expect(stdout).toMatch(/^the guard that thaws if the agent is killed can't be started: .*EMFILE/);
  });
});

describe("an armed guard", () => {
  // As fast as that its end is not known yet when it is told to end.
  const armedFor = (end: string) => new LinuxFreezeGuard(["/bin/sh", "-c", `echo armed; read orders; read word; ${end}`]).arm(ORDERS);

  it.each([
    ["that ends as told has nothing to say", "exit 0", undefined],
    ["that has thawed says so", "exit 3", "the guard thawed in the agent's place"],
    ["that is killed is missed", "kill -9 $$", "the guard was gone before the thaw: it ended with SIGKILL"],
  ] as const)("%s", async (_, end, said) => {
    const guard = await armedFor(end);
    expect(await guard.disarm()).toBe(said);
  });
});
