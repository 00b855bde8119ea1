import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, describe, expect, test } from "vitest";
import { until } from "./deadline.ts";
import { copyDisks, type PcDisks } from "./disks.ts";
import { Machine } from "./machine.ts";
import { run } from "./process.ts";
import { executable, skipReason } from "./requirements.ts";
import { findingsOf } from "./shared-guest.ts";
import { swapSignature } from "./swap-signature.ts";

/** What ends or restarts the machine. Two tests, each with disks of its own, so that one's end is the other's concern no longer. */
describe.skipIf(skipReason() !== undefined)(
  "power",
  () => {
    const saw = findingsOf("power");
    const machines: Machine[] = [];
    const copies: PcDisks[] = [];

    afterAll(async () => {
      for (const machine of machines) await machine.dispose();
      for (const disks of copies) await disks.remove();
    });

    async function newDisks(): Promise<PcDisks> {
      const disks = await copyDisks(executable);
      copies.push(disks);
      return disks;
    }

    async function powerOn(disks: PcDisks, start: (disks: PcDisks) => Promise<Machine>): Promise<Machine> {
      const machine = await start(disks);
      machines.push(machine);
      return machine;
    }

    test("guest-suspend-disk ends the machine, which resumes where it was; then guest-shutdown powers it down", async () => {
      const disks = await newDisks();
      const first = await powerOn(disks, Machine.boot);
      const agent = await first.agent();
      await agent.sync(120_000);
      // neither would survive a boot: /run is memory
      const identity = "cat /proc/sys/kernel/random/boot_id /run/remembered; systemctl show -p MainPID --value lodger";
      const before = await first.shell.out(`echo the same machine >/run/remembered; ${identity}`);

      let started = performance.now();
      agent.sendRequest("guest-suspend-disk");
      await first.qmp.event("SUSPEND_DISK", 90_000);
      expect((await first.qmp.event("SHUTDOWN")).data).toMatchObject({ guest: true });
      expect(await first.ended()).toBe(0);
      const suspending = performance.now() - started;
      expect(await swapSignature(disks.swap)).toBe("hibernated");
      await expect(agent.receive(1000, "nothing")).rejects.toThrow("the connection ended");
      agent.close();

      started = performance.now();
      const second = await powerOn(disks, Machine.start);
      await second.withAgent((client) => client.call("guest-ping"));
      const resuming = performance.now() - started;
      expect(await second.shell.out(identity)).toBe(before);
      expect(await swapSignature(disks.swap)).toBe("swap");
      saw(
        `guest-suspend-disk: QMP events SUSPEND_DISK and SHUTDOWN, ended after ${suspending.toFixed(0)} ms, swap disk hibernated; powered on again, same boot id, memory and agent process answer after ${resuming.toFixed(0)} ms`,
      );

      await expectPowerdown(second);
    });

    async function expectPowerdown(machine: Machine): Promise<void> {
      const agent = await machine.agent();
      await agent.sync();
      machine.qmp.forgetEvents();
      const started = performance.now();
      agent.sendRequest("guest-shutdown");
      expect((await machine.qmp.event("SHUTDOWN", 90_000)).data).toEqual({ guest: true, reason: "guest-shutdown" });
      expect(await machine.ended()).toBe(0);
      const ending = performance.now() - started;
      await expect(agent.receive(1000, "nothing")).rejects.toThrow("the connection ended");
      agent.close();
      for (const image of [machine.disks.root, machine.disks.ext4]) {
        expect(await run("dumpe2fs", ["-h", image])).not.toMatch(/^Filesystem features:.* needs_recovery/m);
      }
      saw(
        `guest-shutdown powerdown: QMP event SHUTDOWN guest-shutdown, QEMU ended after ${ending.toFixed(0)} ms, no answer came, both ext4 images are clean`,
      );
    }

    test("guest-shutdown reboots, and halts", async () => {
      const machine = await powerOn(await newDisks(), Machine.boot);
      const bootId = () => machine.shell.out("cat /proc/sys/kernel/random/boot_id");
      const before = await bootId();
      let started = performance.now();
      await machine.withAgent(async (agent) => {
        machine.qmp.forgetEvents();
        agent.sendRequest("guest-shutdown", { mode: "reboot" });
        expect((await machine.qmp.event("RESET", 90_000)).data).toEqual({ guest: true, reason: "guest-reset" });
      });
      const resetting = performance.now() - started;
      await machine.shell.started(120_000);
      expect(await bootId()).not.toBe(before);
      await machine.withAgent((agent) => agent.call("guest-ping"));
      saw(`guest-shutdown reboot: QMP event RESET guest-reset after ${resetting.toFixed(0)} ms, another boot id, the agent answers again`);

      started = performance.now();
      await machine.withAgent(async (agent) => {
        machine.qmp.forgetEvents();
        agent.sendRequest("guest-shutdown", { mode: "halt" });
        await until(90_000, "the console to say halted", () => (machine.console.includes("System halted") ? true : undefined));
      });
      await sleep(1000);
      expect(await machine.qmp.status()).toBe("running");
      saw(
        `guest-shutdown halt: the console says "System halted" after ${(performance.now() - started).toFixed(0)} ms, the machine stays on`,
      );
    });
  },
  300_000,
);
