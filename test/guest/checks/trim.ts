import * as fs from "node:fs/promises";
import { expect, test } from "vitest";
import type { SharedGuest } from "../shared-guest.ts";

const MiB = 1024 * 1024;
const written = 32 * MiB;

interface Trimmed {
  readonly paths: readonly { readonly path: string; readonly trimmed?: number; readonly minimum?: number; readonly error?: string }[];
}

/** guest-fstrim: the truth is how much room the disk's sparse file takes on the host. */
export function trimChecks(guest: SharedGuest): void {
  test("guest-fstrim gives the host back what was deleted", async () => {
    const { shell, disks } = guest.machine;
    const images = { "/mnt/ext4": disks.ext4, "/mnt/xfs": disks.xfs };
    const room = async () => await Promise.all(Object.values(images).map(async (image) => (await fs.stat(image)).blocks * 512));
    // what is free before this is given back first, so that the figures are only of what is written here
    await shell.out("fstrim -a; fstrim /mnt/ext4; fstrim /mnt/xfs", 60);
    const before = await room();
    for (const folder of Object.keys(images))
      await shell.out(`head -c ${written} /dev/urandom >${folder}/garbage; sync ${folder}/garbage`, 60);
    const full = await room();
    for (const folder of Object.keys(images)) await shell.out(`rm ${folder}/garbage; sync -f ${folder}`, 60);
    const { paths } = (await guest.machine.withAgent((agent) => agent.call("guest-fstrim", {}, 110_000))) as Trimmed;
    const after = await room();

    expect(paths.map(({ path }) => path).toSorted()).toEqual(["/", "/mnt/ext4", "/mnt/xfs"]);
    expect(paths.filter(({ error }) => error !== undefined)).toEqual([]);
    for (const [index, folder] of Object.keys(images).entries()) {
      const [least = 0, most = 0, now = 0] = [before[index], full[index], after[index]];
      expect(most - least, `${folder} grew`).toBeGreaterThanOrEqual(written);
      // the journal may have grown by the way
      expect(most - now, `${folder} shrank`).toBeGreaterThan(written * 0.9);
      expect(paths.find(({ path }) => path === folder)?.trimmed).toBeGreaterThanOrEqual(written);
    }
    const figures = paths.map(({ path, trimmed = 0 }) => `${path} ${(trimmed / MiB).toFixed(0)} MiB`).join(", ");
    const inMiB = (sizes: readonly number[]) => sizes.map((size) => (size / MiB).toFixed(0)).join(" and ");
    guest.saw(
      `guest-fstrim: trimmed ${figures}; the images of ext4 and xfs take ${inMiB(before)} MiB on the host, ${inMiB(full)} with 32 MiB written, ${inMiB(after)} after it`,
    );
  });

  test("a minimum leaves shorter ranges alone", async () => {
    const minimum = 16 * MiB;
    // XFS, unlike ext4, does not remember what it has trimmed already
    const { paths } = (await guest.machine.withAgent((agent) => agent.call("guest-fstrim", { minimum }, 110_000))) as Trimmed;
    const bytes = Number((await guest.machine.shell.out(`fstrim -v -m ${minimum} /mnt/xfs`)).match(/\((\d+) bytes\)/)?.[1]);
    expect(paths.find(({ path }) => path === "/mnt/xfs")).toEqual({ path: "/mnt/xfs", trimmed: bytes, minimum });
    guest.saw(`guest-fstrim: with a minimum of 16 MiB ${(bytes / MiB).toFixed(1)} MiB of XFS, as fstrim -m says`);
  });
}
