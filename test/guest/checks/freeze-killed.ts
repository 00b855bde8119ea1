import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { unitState } from "../agent-unit.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { guardEnds, guardPid, logOf, mainPid, nextAgent } from "./freeze-agent.ts";
import { Writers } from "./freeze-writers.ts";

const withinMs = 2000;

/** The agent's end while file systems are frozen. */
export function freezeKilledChecks(guest: SharedGuest): void {
  test.each([
    { how: "by SIGKILL", command: `kill -9 $(${mainPid})`, result: "" },
    { how: "by SIGKILL, the page cache dropped", command: `echo 3 >/proc/sys/vm/drop_caches; kill -9 $(${mainPid})`, result: "" },
    { how: "by systemctl kill, which signals its whole control group", command: "systemctl kill -s KILL lodger", result: "" },
    // the kernel takes the biggest process that may be taken
    { how: "for want of memory", command: "echo f >/proc/sysrq-trigger", result: "oom" },
  ])("the agent killed $how: its guard thaws", async ({ how, command, result }) => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    await machine.withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-freeze")).toBe(3));
    const frozenAt = await writers.expectBlocked();
    const [before = "", guard = ""] = (await machine.shell.out(`${mainPid}; ${guardPid}`)).split("\n");
    // outside the agent's group
    expect(await machine.shell.out(`cat /proc/${guard}/cgroup`)).toBe("0::/");
    const kills = await machine.shell.out("grep -w oom_kill /proc/vmstat");
    const milliseconds = await writers.goOnAfter(command);
    expect(milliseconds).toBeLessThan(withinMs);
    if (result === "oom") expect(await machine.shell.out("grep -w oom_kill /proc/vmstat")).not.toBe(kills);
    await guardEnds(machine);

    const now = await nextAgent(machine, before);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(0);
      const handle = await agent.call("guest-file-open", { path: "/etc/hostname" });
      await agent.call("guest-file-close", { handle });
    });
    const { line } = await logOf(machine, now, /ended while file systems were frozen/);
    expect(line).toMatch(/the agent was killed while file systems were frozen; thawed: .*\/mnt\/xfs/);
    await writers.expectGoingOn(frozenAt);
    await writers.finish();
    guest.saw(`agent killed while frozen ${how}: all writers went on after ${milliseconds} ms; the next agent said: ${line}`);
  });

  test("the agent and its guard killed: frozen still, the next agent knows, and thaws", async () => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    await machine.withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-freeze")).toBe(3));
    const frozenAt = await writers.expectBlocked();
    const before = await machine.shell.out(mainPid);
    const started = performance.now();
    await machine.shell.out(`kill -9 $(${guardPid}) && kill -9 ${before}`);
    const now = await nextAgent(machine, before);
    await machine.withAgent(async (agent) => {
      const answering = performance.now() - started;
      expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
      expect((await agent.failure("guest-file-open", { path: "/etc/hostname" })).class).toBe("CommandNotFound");
      expect(await writers.states()).toEqual(["D", "D", "D"]);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      const handle = await agent.call("guest-file-open", { path: "/etc/hostname" });
      await agent.call("guest-file-close", { handle });
      const { line } = await logOf(machine, now, /frozen since an earlier run/);
      guest.saw(`agent and guard killed while frozen: the next agent answered after ${answering.toFixed(0)} ms "${line}", and thawed 3`);
    });
    await writers.expectGoingOn(frozenAt);
    await writers.finish();
  });

  test.each([
    { how: "SIGTERM", command: `kill -TERM $(${mainPid})` },
    { how: "systemctl stop", command: "systemctl stop lodger" },
    { how: "systemctl restart", command: "systemctl restart lodger" },
  ])("$how while frozen leaves no file system behind that nobody thaws", async ({ how, command }) => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    await machine.withAgent(async (agent) => expect(await agent.call("guest-fsfreeze-freeze")).toBe(3));
    const frozenAt = await writers.expectBlocked();
    const before = await machine.shell.out(mainPid);
    const milliseconds = await writers.goOnAfter(command);
    expect(milliseconds).toBeLessThan(10_000);
    await guardEnds(machine);
    if (how === "systemctl stop") {
      // it must not count as a failure
      expect(await unitState(machine)).toMatchObject({ ActiveState: "inactive", Result: "success", ExecMainStatus: "0" });
      await sleep(500);
      await machine.shell.out("systemctl start lodger");
    }
    await nextAgent(machine, before);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(0);
    });
    await writers.expectGoingOn(frozenAt);
    await writers.finish();
    guest.saw(`${how} while frozen: all writers went on after ${milliseconds} ms, the agent thawed and ended`);
  });
}
