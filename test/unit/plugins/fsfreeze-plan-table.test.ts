import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { freezeTable, type ShownPlan } from "../../../core/cli/freeze-table.ts";
import { planFreeze } from "../../../plugins/fsfreeze/plan-freeze.ts";
import { RECORDINGS, recorded } from "./fsfreeze-recordings/recording.ts";

async function tableOf(name: string, options = {}): Promise<string> {
  const { mounts, table } = await recorded(name);
  return freezeTable(planFreeze(mounts, table), options);
}

function planned(mountPoint: string, more: Partial<ShownPlan["freeze"][number]> = {}): ShownPlan["freeze"][number] {
  return { device: "8:1", type: "ext4", mountPoints: [{ mountPoint }], why: "mounted first", ...more };
}

describe("the table of a plan", () => {
  it("shows the order, the reasons, and what is left out in groups, the small ones first", async () => {
    expect(await tableOf("docker-host")).toBe(`3 file systems would freeze, in this order:

#  Mount point      File system         Why here
1  /mnt/inspect     ext4 on loop0, 7:0  its image
                                        /var/lib/docker/overlay2/9f1c5d1b/merged/data/disk.img lies
                                        on /var/lib/docker (8:16)
2  /var/lib/docker  xfs on sdb, 8:16    it holds the image of /mnt/inspect (7:0)
3  /                ext4 on sda1, 8:1   mounted first

Left out:
  1 mount, automatic mount: never touched, so that nothing is mounted by looking
      /proc/sys/fs/binfmt_misc (autofs)
  4 mounts, stacked: its writes go to the file system of the directory beneath it
      /var/lib/docker/overlay2/9f1c5d1b/merged (overlay), /var/lib/docker/overlay2/0bd2a7c4/merged
      (overlay), /var/lib/docker/overlay2/c44e01aa/merged (overlay),
      /var/lib/docker/overlay2/77f0e3d9/merged (overlay)
  19 mounts, no block device: in memory, or made by the kernel
      /sys (sysfs), /proc (proc), /dev (devtmpfs), /dev/pts (devpts), /run (tmpfs) and 14 more
`);
  });

  it("names further mount points, the first few of many", async () => {
    expect(await tableOf("opensuse-btrfs")).toContain(`
1  /boot/efi    vfat on vda1, 254:1   mounted after / (254:2)
2  /            btrfs on vda2, 254:2  mounted first
   also at /.snapshots, /boot/grub2/i386-pc and 8 more

`);
  });

  it("names everything where that is wanted", async () => {
    const table = await tableOf("opensuse-btrfs", { all: true });
    expect(table).not.toContain("more");
    for (const { mountPoint } of (await recorded("opensuse-btrfs")).mounts) expect(table).toContain(mountPoint);
  });

  it("gives a long mount point a line for itself", () => {
    const long = `/${"long/".repeat(10)}end`;
    expect(
      freezeTable({ freeze: [planned("/a"), planned(long), planned("/b")], leftOut: [] }),
    ).toBe(`3 file systems would freeze, in this order:

#  Mount point  File system  Why here
1  /a           ext4 on 8:1  mounted first
2  ${long}
                ext4 on 8:1  mounted first
3  /b           ext4 on 8:1  mounted first
`);
  });

  it("gives a long file system a line for itself, too", () => {
    const type = "an-uncommonly-long-kind-of-file-system";
    expect(freezeTable({ freeze: [planned("/a", { type })], leftOut: [] })).toBe(`1 file system would freeze, in this order:

#  Mount point  File system  Why here
1  /a           ${type} on 8:1
                             mounted first
`);
  });

  it("aligns the order to the right", () => {
    const lines = freezeTable({ freeze: Array.from({ length: 10 }, () => planned("/")), leftOut: [] }).split("\n");
    expect(lines.slice(2, 4)).toEqual([" #  Mount point  File system  Why here", " 1  /            ext4 on 8:1  mounted first"]);
    expect(lines[12]).toBe("10  /            ext4 on 8:1  mounted first");
  });

  it("says that nothing would freeze", () => {
    expect(freezeTable({ freeze: [], leftOut: [] })).toBe("Nothing would freeze.\n");
    expect(freezeTable({ freeze: [], leftOut: [{ mountPoint: "/a", type: "zfs", reason: "can't" }] })).toBe(
      "Nothing would freeze.\n\nLeft out:\n  1 mount, can't\n      /a (zfs)\n",
    );
  });

  it.each(RECORDINGS)("of %s fits 100 columns but for names that don't", async (name) => {
    for (const all of [false, true]) {
      for (const line of (await tableOf(name, { all })).split("\n")) {
        const longest = Math.max(
          ...line
            .trim()
            .split(" ")
            .map(({ length }) => length),
        );
        // A line may be longer only if it has a single name, or a name beside its heading.
        if (line.length > 100) expect(longest).toBeGreaterThan(40);
      }
    }
  });

  it("has nothing in it that a terminal would obey, whatever the names are", () => {
    const anyText = fc.array(fc.nat(0xffff), { maxLength: 30 }).map((codes) => String.fromCharCode(...codes));
    const hostile = fc.oneof(anyText, fc.constantFrom("/\u001b[2J", "/a\nb", "/\u202egnp", "\u009b31m"));
    const plan = fc.record({
      freeze: fc.array(
        fc.record({
          device: fc.constant("8:1"),
          name: hostile,
          type: hostile,
          mountPoints: fc.array(fc.record({ mountPoint: hostile }), { minLength: 1, maxLength: 4 }),
          why: hostile,
        }),
        { maxLength: 4 },
      ),
      leftOut: fc.array(fc.record({ mountPoint: hostile, type: hostile, reason: hostile }), { maxLength: 4 }),
    });
    fc.assert(
      fc.property(plan, fc.boolean(), (plan, all) => {
        const table = freezeTable(plan, { all });
        expect(table).not.toMatch(/[^\P{Cc}\n]|\p{Cf}|\p{Zl}|\p{Zp}|\p{Cs}/u);
        expect(table.endsWith("\n")).toBe(true);
        const rows = table.split("\n\nLeft out:\n")[0] ?? "";
        expect(rows).toContain(plan.freeze.length === 0 ? "Nothing" : `${plan.freeze.length} file system`);
      }),
    );
  });
});
