import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { overrideUnit, unitState } from "../agent-unit.ts";
import { until } from "../deadline.ts";
import type { Machine } from "../machine.ts";
import { portDevice } from "../qemu.ts";
import type { SharedGuest } from "../shared-guest.ts";

/** CLD_EXITED: systemd's ExecMainCode for a process that ended by itself, not by a signal. */
const exited = "1";
const idleSeconds = 8;

/** After the last request the agent gives back what it can, which is work. */
const settledMs = 7000;

/** The agent as a process of the guest: its end, its idle time, and the port pulled away. */
export function processChecks(guest: SharedGuest): void {
  test.each(["a client on the port", "nobody on the port"])("SIGTERM ends the agent with status 0 and is not killed, %s", async (who) => {
    const { machine } = guest;
    const agent = await machine.agent();
    await agent.sync();
    if (who.startsWith("nobody")) {
      agent.close();
      await sleep(300);
    }
    await machine.shell.out("systemctl stop lodger", 100);
    const state = await unitState(machine);
    agent.close();
    await machine.shell.out("systemctl start lodger");
    expect(state).toMatchObject({ ActiveState: "inactive", Result: "success", ExecMainCode: exited, ExecMainStatus: "0" });
    const milliseconds = (Number(state.ExecMainExitTimestampMonotonic) - Number(state.ActiveExitTimestampMonotonic)) / 1000;
    expect(milliseconds).toBeLessThan(10_000); // a tenth of what systemd waits for before it kills
    guest.saw(`SIGTERM, ${who}: systemd says exited, status 0, after ${milliseconds.toFixed(0)} ms`);
  });

  test("the port unplugged: the agent exits with status 0", async () => {
    const { machine } = guest;
    const undo = await overrideUnit(machine, ["Restart=no"]);
    try {
      await machine.withAgent((agent) => agent.call("guest-ping"));
      await unplug(machine);
      const state = await until(15_000, "the agent to exit", async () => {
        const now = await unitState(machine);
        return now.ActiveState === "active" ? undefined : now;
      });
      expect(state).toMatchObject({ Result: "success", ExecMainCode: exited, ExecMainStatus: "0" });
    } finally {
      await plug(machine);
      await undo();
    }
    await machine.withAgent((agent) => agent.call("guest-ping"));
    guest.saw("port unplugged (QMP device_del): the agent exited with status 0; plugged again and started, it answers");
  });

  test("the port unplugged and plugged again: with -r the same process answers", async () => {
    const { machine } = guest;
    const undo = await overrideUnit(machine, ["ExecStart=", "ExecStart=/usr/local/sbin/lodger -r", "Restart=no"]);
    try {
      await machine.withAgent((agent) => agent.call("guest-ping"));
      const before = await unitState(machine);
      await unplug(machine);
      await sleep(1500);
      expect(await unitState(machine)).toMatchObject({ ActiveState: "active", MainPID: before.MainPID });
      await plug(machine);
      const started = performance.now();
      await machine.withAgent((agent) => agent.call("guest-ping"));
      expect(await unitState(machine)).toMatchObject({ ActiveState: "active", MainPID: before.MainPID });
      guest.saw(`port unplugged with -r: the same process answers ${(performance.now() - started).toFixed(0)} ms after device_add`);
    } finally {
      await undo();
    }
  });

  test("idle, the agent hardly uses the processor", async () => {
    const { machine } = guest;
    const agent = await machine.agent();
    await agent.sync();
    await sleep(settledMs);
    const connected = await processorShare(machine);
    agent.close();
    await sleep(settledMs);
    const alone = await processorShare(machine);
    guest.saw(
      `idle: ${connected.toFixed(1)} % of a (emulated) processor with a client connected, ${alone.toFixed(1)} % with the host's side closed`,
    );
    expect(connected).toBeLessThan(5);
    expect(alone).toBeLessThan(10);
  });
}

async function unplug(machine: Machine): Promise<void> {
  await machine.qmp.execute("device_del", { id: portDevice });
  await until(10_000, "the port to vanish from the guest", async () => {
    return (await machine.shell.run("test -e /dev/virtio-ports/org.qemu.guest_agent.0")).status === 0 ? undefined : true;
  });
}

async function plug(machine: Machine): Promise<void> {
  await machine.qmp.execute("device_add", { driver: "virtserialport", id: portDevice, chardev: "agent", name: "org.qemu.guest_agent.0" });
  await until(10_000, "the port to appear in the guest", async () => {
    return (await machine.shell.run("test -e /dev/virtio-ports/org.qemu.guest_agent.0")).status === 0 ? true : undefined;
  });
}

/** Per cent of one processor that the agent's unit, with all its threads and processes, used while nothing happened. */
async function processorShare(machine: Machine): Promise<number> {
  const sample = "read -r up _ </proc/uptime; read -r _ used </sys/fs/cgroup/system.slice/lodger.service/cpu.stat; echo $up $used";
  const [from = [], to = []] = (await machine.shell.out(`${sample}; sleep ${idleSeconds}; ${sample}`))
    .split("\n")
    .map((line) => line.split(" ").map(Number));
  const microseconds = (to[1] ?? Number.NaN) - (from[1] ?? Number.NaN);
  const seconds = (to[0] ?? Number.NaN) - (from[0] ?? Number.NaN);
  return microseconds / 10_000 / seconds;
}
