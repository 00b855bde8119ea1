import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { until } from "../deadline.ts";
import { run } from "../process.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { startAfresh } from "./freeze-agent.ts";
import { freezeEndsChecks } from "./freeze-ends.ts";
import { freezeEverythingChecks } from "./freeze-everything.ts";
import { freezeKilledChecks } from "./freeze-killed.ts";
import { freezeMeanwhileChecks } from "./freeze-meanwhile.ts";
import { freezeOftenChecks } from "./freeze-often.ts";
import { freezeSlowChecks } from "./freeze-slow.ts";
import { endWriters, Writers } from "./freeze-writers.ts";

interface GuestInfo {
  readonly supported_commands: readonly { readonly name: string; readonly enabled: boolean }[];
}

/** On the disk image a frozen ext4 is as clean as an unmounted one. */
async function journalNeedsRecovery(image: string): Promise<boolean> {
  return /^Filesystem features:.* needs_recovery/m.test(await run("dumpe2fs", ["-h", image]));
}

export function freezeChecks(guest: SharedGuest): void {
  afterEach(async ({ task }) => {
    const { shell } = guest.machine;
    await shell.run(endWriters);
    // so that a failed test does not take the ones behind it along
    if (task.result?.state === "fail") await shell.run(startAfresh, 90);
  }, 100_000);

  test("a freeze really stops the writers of all three file systems, a thaw lets them go on", async () => {
    const { machine } = guest;
    const writers = await Writers.start(machine);
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect([await journalNeedsRecovery(machine.disks.root), await journalNeedsRecovery(machine.disks.ext4)]).toEqual([true, true]);
      const started = performance.now();
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      const freezing = performance.now() - started;
      expect(await agent.call("guest-fsfreeze-status")).toBe("frozen");
      const frozenAt = await writers.expectBlocked();
      expect([await journalNeedsRecovery(machine.disks.root), await journalNeedsRecovery(machine.disks.ext4)]).toEqual([false, false]);

      const disabled = { class: "CommandNotFound", desc: expect.stringContaining("has been disabled") };
      expect(await agent.failure("guest-fsfreeze-freeze")).toEqual(disabled);
      expect(await agent.failure("guest-file-open", { path: "/etc/hostname" })).toEqual(disabled);
      const info = (await agent.call("guest-info")) as GuestInfo;
      expect(
        info.supported_commands
          .filter((command) => command.enabled)
          .map((command) => command.name)
          .toSorted(),
      ).toEqual([
        "guest-fsfreeze-status",
        "guest-fsfreeze-thaw",
        "guest-info",
        "guest-lodger-stats",
        "guest-ping",
        "guest-sync",
        "guest-sync-delimited",
      ]);

      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      await writers.expectGoingOn(frozenAt);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(0);
      guest.saw(
        `guest-fsfreeze: 3 file systems in ${freezing.toFixed(0)} ms, writers in state D at ${frozenAt.join(", ")} lines, both ext4 images clean, thawed 3, all go on`,
      );
    });
    await writers.finish();
  });

  test("a file system that someone else froze is passed over by freeze, and thawed by thaw", async () => {
    const { machine } = guest;
    await machine.shell.out("fsfreeze -f /mnt/ext4");
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(2);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      await machine.shell.out(
        "echo written >/mnt/ext4/after-thaw && echo written >/mnt/xfs/after-thaw && echo written >/var/lib/after-thaw",
      );
    });
    guest.saw("guest-fsfreeze: with ext4 frozen by fsfreeze(8) before: freeze 2, thaw 3, all three can be written");
  });

  test("a list freezes what it names, and nothing else", async () => {
    const { machine } = guest;
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze-list", { mountpoints: ["/mnt/ext4", "/nowhere"] })).toBe(1);
      await machine.shell.out("echo written >/mnt/xfs/while-frozen && echo written >/var/lib/while-frozen");
      await machine.shell.out("setsid sh -c 'echo written >/mnt/ext4/while-frozen; echo >/run/written' >/dev/null 2>&1 &");
      await sleep(1000);
      expect((await machine.shell.run("test -e /run/written")).status).toBe(1);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(1);
    });
    await until(10_000, "the writer to go on", async () => ((await machine.shell.run("rm /run/written")).status === 0 ? true : undefined));
    guest.saw("guest-fsfreeze-freeze-list: /mnt/ext4 frozen, xfs and root can be written meanwhile, thawed 1");
  });

  describe("everything", () => freezeEverythingChecks(guest));
  describe("ends", () => freezeEndsChecks(guest));
  describe("killed", () => freezeKilledChecks(guest));
  describe("meanwhile", () => freezeMeanwhileChecks(guest));
  describe("slow", () => freezeSlowChecks(guest));
  describe("often", () => freezeOftenChecks(guest));
}
