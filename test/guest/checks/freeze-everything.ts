import { afterAll, beforeAll, expect, test } from "vitest";
import type { SharedGuest } from "../shared-guest.ts";
import { logOf, mainPid } from "./freeze-agent.ts";
import { disks, Writers } from "./freeze-writers.ts";

interface Plan {
  readonly freeze: readonly { readonly type: string; readonly mountpoints: readonly string[] }[];
}

const folder = "/run/everything";
const btrfs = "/mnt/xfs/btrfs.img";

/** Of every kind that hangs together with another one. */
const mounts = [
  "set -e",
  "modprobe -a loop btrfs overlay",
  `mkdir -p ${folder}/{first,outer,inner,btrfs,home,data,bound,overlay} /var/lib/everything/{upper,work,bound}`,
  "cd /var/lib/everything",
  "truncate -s 64M outer.img; mke2fs -q -t ext4 outer.img",
  `mount -o loop outer.img ${folder}/first`,
  `truncate -s 16M ${folder}/first/inner.img; mke2fs -q -t ext4 ${folder}/first/inner.img`,
  `mount -o loop ${folder}/first/inner.img ${folder}/inner`,
  // now what holds the image is the later mount: the way back from the last mount would freeze it first, and wait for itself
  `mount --bind ${folder}/first ${folder}/outer; umount -l ${folder}/first`,
  `truncate -s 256M ${btrfs}; mkfs.btrfs -q ${btrfs}; disk=$(losetup -f --show ${btrfs})`,
  `mount $disk ${folder}/btrfs`,
  `for name in home data; do btrfs -q subvolume create ${folder}/btrfs/$name; done`,
  `for name in home data; do mount -o subvol=$name $disk ${folder}/$name; done`,
  `mount --bind bound ${folder}/bound`,
  `mount -t overlay overlay -o lowerdir=/usr/share,upperdir=$PWD/upper,workdir=$PWD/work ${folder}/overlay`,
];

const takeDown = [
  `umount ${folder}/{overlay,bound,data,home,btrfs,inner,outer}`,
  `losetup -d $(losetup -nO NAME -j ${btrfs}); rm -r ${btrfs} /var/lib/everything; rmdir ${folder}/* ${folder}`,
];

const written = [
  ...disks,
  ...["outer", "inner", "btrfs", "home", "data", "bound", "overlay"].map((name) => ({ name, file: `${folder}/${name}/written` })),
];

export function freezeEverythingChecks(guest: SharedGuest): void {
  beforeAll(async () => {
    await guest.machine.shell.out(mounts.join("\n"), 100);
  }, 120_000);
  afterAll(async () => {
    await guest.machine.shell.run(takeDown.join("\n"), 60);
  }, 90_000);

  test("images on images, subvolumes, bind mounts and an overlay freeze in an order in which nothing waits for another", async () => {
    const { machine } = guest;
    const shown = JSON.parse(await machine.shell.out("lodger freeze --dry-run --json", 60)) as Plan;
    const writers = await Writers.start(machine, written);
    await machine.withAgent(async (agent) => {
      const plan = (await agent.call("guest-lodger-freeze-plan")) as Plan;
      expect(shown).toEqual(plan);
      const order = plan.freeze.map(({ mountpoints }) => mountpoints[0]);
      expect(order.toSorted()).toEqual(["/", "/mnt/ext4", "/mnt/xfs", ...["btrfs", "inner", "outer"].map((name) => `${folder}/${name}`)]);
      expect(order.at(-1)).toBe("/");
      expect(order.indexOf(`${folder}/inner`)).toBeLessThan(order.indexOf(`${folder}/outer`));
      expect(order.indexOf(`${folder}/btrfs`)).toBeLessThan(order.indexOf("/mnt/xfs"));
      const subvolumes = plan.freeze.find(({ type }) => type === "btrfs")?.mountpoints;
      expect(subvolumes).toEqual(["btrfs", "home", "data"].map((name) => `${folder}/${name}`));

      let started = performance.now();
      expect(await agent.call("guest-fsfreeze-freeze", {}, 60_000)).toBe(6);
      const freezing = performance.now() - started;
      const frozenAt = await writers.expectBlocked();
      started = performance.now();
      expect(await agent.call("guest-fsfreeze-thaw", {}, 60_000)).toBe(6);
      const thawing = performance.now() - started;
      await writers.expectGoingOn(frozenAt);
      const { line } = await logOf(machine, await machine.shell.out(mainPid), /thawed by/);
      expect([...line.matchAll(/(\/\S*) \((ext4|xfs|btrfs)\)/g)].map(([, place]) => place)).toEqual(order);
      guest.saw(
        `freeze of everything: ${order.join(" ")} in ${freezing.toFixed(0)} ms, ${written.length} writers in state D (${written.map(({ name }) => name).join(" ")}), thawed in ${thawing.toFixed(0)} ms, all go on`,
      );
      guest.saw(`freeze's report: ${line}`);
    });
    const lines = await writers.finish();
    guest.saw(`freeze of everything: nothing lost in ${lines.join(", ")} lines`);
  });
}
