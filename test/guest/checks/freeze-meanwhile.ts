import { afterAll, beforeAll, expect, test } from "vitest";
import { overrideUnit } from "../agent-unit.ts";
import type { SharedGuest } from "../shared-guest.ts";
import { logOf, mainPid, withOptions } from "./freeze-agent.ts";
import { disks, Writers } from "./freeze-writers.ts";

const folder = "/etc/lodger/freeze-hooks.d";
const said = "/run/hooks.said";
const hangs = "/run/hooks.hang";
const hookSeconds = 2;

/** Two hooks that note how they are called; the second hangs when the file says so. */
const hooks = [
  `mkdir -p ${folder}`,
  `printf '%s\\n' '#!/bin/sh' 'echo "\${0##*/} $1" >>${said}' >${folder}/10-notes`,
  `printf '%s\\n' '#!/bin/sh' 'echo "\${0##*/} $1" >>${said}' '[ "$1" != "$(cat ${hangs})" ] || exec sleep 54321' >${folder}/20-hangs`,
  `chmod 755 ${folder}/*`,
];

const bothTold = ["10-notes freeze", "20-hangs freeze", "20-hangs thaw", "10-notes thaw"].join("\n");

/** Hooks, and mounts that come and go while file systems are frozen. */
export function freezeMeanwhileChecks(guest: SharedGuest): void {
  let undo: (() => Promise<void>) | undefined;
  beforeAll(async () => {
    undo = await overrideUnit(guest.machine, withOptions(`--freeze-hook-timeout=${hookSeconds}`));
  }, 60_000);
  afterAll(async () => {
    await guest.machine.shell.run(`rm -r /etc/lodger ${said} ${hangs}`);
    await undo?.();
  }, 60_000);

  test("hooks are told of the freeze and, the other way round, of the thaw; one that hangs is ended", async () => {
    const { machine } = guest;
    const { shell } = machine;
    await shell.out(hooks.join("\n"));
    const expectNoneLeft = async () => expect((await shell.run("pgrep -f '^sleep 54321$'")).status).toBe(1);
    const writers = await Writers.start(machine);
    await machine.withAgent(async (agent) => {
      await shell.out(`rm -f ${said}; echo never >${hangs}`);
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      expect(await shell.out(`cat ${said}`)).toBe(bothTold);

      await shell.out(`rm ${said}; echo freeze >${hangs}`);
      let started = performance.now();
      const refused = await agent.failure("guest-fsfreeze-freeze");
      const refusing = performance.now() - started;
      expect(refused.desc).toMatch(/20-hangs.* freeze/);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect(await shell.out(`cat ${said}`)).toBe(bothTold);
      await expectNoneLeft();
      await writers.expectGoingOn(await writers.counts());

      await shell.out(`rm ${said}; echo thaw >${hangs}`);
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      await writers.expectBlocked();
      started = performance.now();
      agent.sendRequest("guest-fsfreeze-thaw");
      const milliseconds = await writers.goOnAfter(":");
      const answer = (await agent.receive(20_000, "guest-fsfreeze-thaw, with a hook that hangs")).toString();
      const thawing = performance.now() - started;
      expect(answer).toMatch(/"error".*20-hangs.* thaw/);
      // the file systems first, the hooks behind them
      expect(milliseconds).toBeLessThan(thawing);
      expect(await agent.call("guest-fsfreeze-status")).toBe("thawed");
      expect(await shell.out(`cat ${said}`)).toBe(bothTold);
      await expectNoneLeft();
      const { line } = await logOf(machine, await shell.out(mainPid), /hook .*20-hangs thaw: failed/);
      guest.saw(
        `hooks: told in order and the other way round; one that hangs: freeze refused after ${refusing.toFixed(0)} ms (${refused.desc}); thaw answered an error after ${thawing.toFixed(0)} ms, the writers went on before; ${line}`,
      );
    });
    await writers.finish();
  });

  test("a file system mounted while others are frozen, and one unmounted", async () => {
    const { machine } = guest;
    const { shell } = machine;
    await shell.run(`rm -r ${folder}`);
    await shell.out("modprobe loop; truncate -s 16M /run/added.img; mke2fs -q -t ext4 /run/added.img; mkdir -p /run/added");
    const writers = await Writers.start(machine, disks.slice(0, 2));
    await machine.withAgent(async (agent) => {
      expect(await agent.call("guest-fsfreeze-freeze")).toBe(3);
      await shell.out("mount -o loop /run/added.img /run/added; echo written >/run/added/file");
      const busy = await shell.run("umount /mnt/xfs");
      expect(busy.status).toBe(32);
      expect(busy.stderr).toContain("target is busy");
      await shell.out("umount -l /mnt/xfs");
      expect((await shell.run("mountpoint -q /mnt/xfs")).status).not.toBe(0);
      const frozenAt = await writers.expectBlocked();
      expect(await agent.call("guest-fsfreeze-thaw")).toBe(3);
      await writers.expectGoingOn(frozenAt);
      // if it were frozen still, both would wait for ever
      await shell.out(
        "mount /mnt/xfs; echo written >/mnt/xfs/after-thaw; umount /mnt/xfs; mount /mnt/xfs; grep written /mnt/xfs/after-thaw",
      );
      await shell.out("echo again >/run/added/file; umount /run/added; rm -r /run/added /run/added.img");
      guest.saw(
        `mounts while frozen: one added is not touched; umount says "${busy.stderr.trim()}", umount -l works, and it is thawed with the others`,
      );
    });
    await writers.finish();
  });
}
