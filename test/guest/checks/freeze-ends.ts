import { expect, test } from "vitest";
import { overrideUnit } from "../agent-unit.ts";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { guardEnds, guardPid, logOf, mainPid, withOptions } from "./freeze-agent.ts";
import { Writers } from "./freeze-writers.ts";

/** Long enough to look at writers that stand still, on a busy machine too. */
const leaseSeconds = 10;
/** How much longer than the lease a guard waits for an agent that is there. */
const guardLaterSeconds = 5;

/** What ends a freeze beside a client's request, and what doesn't. */
export function freezeEndsChecks(guest: SharedGuest): void {
  test("the end of its lease thaws, whether the agent runs or hangs", async () => {
    const { machine } = guest;
    const undo = await overrideUnit(machine, withOptions(`--freeze-lease=${leaseSeconds}`));
    try {
      const writers = await Writers.start(machine);
      const pid = await machine.shell.out(mainPid);
      await machine.withAgent(async (agent) => {
        // its clock starts before the first file system freezes
        const started = performance.now();
        expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
        const frozenAt = await writers.expectBlocked();
        await writers.goOnAfter(":");
        const seconds = (performance.now() - started) / 1000;
        expect(seconds).toBeGreaterThan(leaseSeconds);
        expect(seconds).toBeLessThan(leaseSeconds + 7);
        expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
        expect(await agent.call("guest-fsfreeze-thaw")).toBe(0);
        const { line } = await logOf(machine, pid, /lease/);
        await logOf(machine, pid, /thawed by the end of its lease: 3 file systems/);
        await writers.expectGoingOn(frozenAt);
        guest.saw(
          `--freeze-lease=${leaseSeconds}: all writers go on ${seconds.toFixed(1)} s after the request to freeze, the journal: ${line}`,
        );

        expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
        await machine.shell.out(`kill -STOP ${pid}`);
        const hanging = await writers.goOnAfter(":", 60);
        expect(hanging / 1000).toBeLessThan(leaseSeconds + guardLaterSeconds + 7);
        await machine.shell.out(`kill -CONT ${pid}`);
        await until(15_000, "the agent to know", async () => ((await agent.call("guest-fsfreeze-status")) === "thawed" ? true : undefined));
        expect(await agent.call("guest-fsfreeze-thaw")).toBe(0);
        guest.saw(
          `--freeze-lease=${leaseSeconds}, the agent stopped by SIGSTOP: its guard thawed after ${(hanging / 1000).toFixed(1)} s; continued, the agent says thawed`,
        );
      });
      await writers.finish();
      await guardEnds(machine);
    } finally {
      await machine.shell.run(`kill -CONT $(${mainPid})`);
      await undo();
    }
  });

  test("the client that froze goes away: frozen still, the next client thaws", async () => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    const first = await machine.agent();
    await first.sync();
    expect(await first.call("guest-fsfreeze-freeze")).toBe(3);
    first.close();
    const frozenAt = await writers.expectBlocked();
    await machine.withAgent(async (second) => {
      expect(await second.call("guest-fsfreeze-status")).toBe("frozen");
      expect(await writers.counts()).toEqual(frozenAt);
      expect(await second.call("guest-fsfreeze-thaw")).toBe(3);
    });
    await writers.expectGoingOn(frozenAt);
    await writers.finish();
    await guardEnds(machine);
    guest.saw("client gone while frozen: writers stay in state D, the next client is told frozen, and thaws 3");
  });

  test("what a thaw needs stays in memory when the page cache is dropped", async () => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    const [agentPid = "", locked] = (await machine.shell.out(`pid=$(${mainPid}); echo $pid; ${lockedOf("$pid")}`)).split("\n");
    expect(Number(locked)).toBe(0);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      const frozenAt = await writers.expectBlocked();
      const sizes = (await machine.shell.out(`${lockedOf(agentPid)}; guard=$(${guardPid}); ${lockedOf("$guard")}`)).split("\n").map(Number);
      for (const size of sizes) expect(size).toBeGreaterThan(10_000);
      const faults = `cut -d' ' -f12 /proc/${agentPid}/stat`;
      const before = Number(await machine.shell.out(`sync -f /run; echo 3 >/proc/sys/vm/drop_caches; ${faults}`));
      const started = performance.now();
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      const thawing = performance.now() - started;
      expect(thawing).toBeLessThan(5000);
      const read = Number(await machine.shell.out(faults)) - before;
      await writers.expectGoingOn(frozenAt);
      guest.saw(
        `page cache dropped while frozen: thaw in ${thawing.toFixed(0)} ms, for which the agent read ${read} pages from the disk; locked: agent ${sizes[0]} kB, guard ${sizes[1]} kB (of address space, as far as it is used)`,
      );
    });
    await until(10_000, "the agent's memory to be let go", async () =>
      (await machine.shell.out(lockedOf(agentPid))) === "0" ? true : undefined,
    );
    await writers.finish();
  });
}

/** A shell command that prints how many kB of a process's address space are locked. */
function lockedOf(pid: string): string {
  return `sed -n 's/^VmLck:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/${pid}/status`;
}
