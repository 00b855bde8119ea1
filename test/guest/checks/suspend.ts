import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../deadline.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { swapSignature } from "../swap-signature.ts";

/** guest-suspend-ram and -hybrid, after which the machine lives on. guest-suspend-disk is in power.test.ts. */
export function suspendChecks(guest: SharedGuest): void {
  test.each([
    { command: "guest-suspend-ram", image: "swap" },
    { command: "guest-suspend-hybrid", image: "hibernated" },
  ])("$command suspends until system_wakeup, and the agent goes on", async ({ command, image }) => {
    const { qmp, shell, disks } = guest.machine;
    const pid = await shell.out("systemctl show -p MainPID --value lodger");
    const agent = await guest.machine.agent();
    try {
      await agent.sync();
      qmp.forgetEvents();
      const started = performance.now();
      agent.sendRequest(command);
      await qmp.event("SUSPEND", 60_000);
      const suspending = performance.now() - started;
      expect(await qmp.status()).toBe("suspended");
      // an image on the swap disk is what makes a hybrid suspend one
      expect(await swapSignature(disks.swap)).toBe(image);

      // asked while nobody is awake, answered afterwards; and it is the next answer, for the suspend itself has none
      agent.sendRequest("guest-sync", { id: 77 });
      await sleep(1000);
      expect(await qmp.status()).toBe("suspended");
      const waking = performance.now();
      await qmp.execute("system_wakeup");
      await qmp.event("WAKEUP");
      expect((await agent.receive(60_000, "guest-sync, sent while suspended")).toString()).toBe('{"return": 77}');
      const answering = performance.now() - waking;
      expect(await qmp.status()).toBe("running");
      expect(await shell.out("systemctl show -p MainPID --value lodger")).toBe(pid);
      await until(30_000, "the swap disk to be swap again", async () => ((await swapSignature(disks.swap)) === "swap" ? true : undefined));
      guest.saw(
        `${command}: QMP said suspended after ${suspending.toFixed(0)} ms, swap disk "${image}"; ${answering.toFixed(0)} ms after system_wakeup the same agent answered the request sent meanwhile`,
      );
    } finally {
      agent.close();
    }
  });
}
