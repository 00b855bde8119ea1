import { describe, expect, it } from "vitest";
import type { BlockTable } from "../../../core/plugin.ts";
import { planFreeze } from "../../../plugins/fsfreeze/plan-freeze.ts";
import { firsts, loop, mount, NOTHING, order, table } from "./fsfreeze-recordings/made-up.ts";
import { compact, RECORDINGS, recorded, recordedText } from "./fsfreeze-recordings/recording.ts";

describe("the plan of a recorded system", () => {
  it("is checked for all that there are", () => expect(RECORDINGS.length).toBeGreaterThanOrEqual(19));

  it.each(RECORDINGS)("%s", async (name) => {
    const { mounts, table } = await recorded(name);
    expect(compact(planFreeze(mounts, table))).toEqual(JSON.parse(recordedText(name, "plan.json")));
  });

  it("is a value that JSON can hold", async () => {
    const { mounts, table } = await recorded("recorded-odd-names");
    const plan = planFreeze(mounts, table);
    expect(JSON.parse(JSON.stringify(plan))).toEqual(plan);
  });
});

describe("the plan", () => {
  it("of nothing is nothing", () => expect(planFreeze([], NOTHING)).toEqual({ freeze: [], leftOut: [] }));

  it("has all that is known of a file system and of what is left out", () => {
    const mounts = [
      mount("8:1 /", { id: 34, source: "/dev/root" }),
      mount("8:1 /etc/hosts", { id: 50, root: "/hosts" }),
      mount("0:5 /run tmpfs", { id: 51, source: "tmpfs" }),
    ];
    expect(planFreeze(mounts, table({ device: "8:1", name: "sda1", liesOn: ["8:0"] }))).toEqual({
      freeze: [
        {
          device: "8:1",
          name: "sda1",
          source: "/dev/root",
          type: "ext4",
          mountPoints: [
            { mountPoint: "/", id: 34, root: "/" },
            { mountPoint: "/etc/hosts", id: 50, root: "/hosts" },
          ],
          why: "mounted first",
        },
      ],
      leftOut: [
        { id: 51, mountPoint: "/run", type: "tmpfs", source: "tmpfs", reason: "no block device: in memory, or made by the kernel" },
      ],
    });
  });

  it("freezes the latest mount first where nothing else counts, also with no table of devices", () => {
    const plan = planFreeze([mount("8:1 /"), mount("8:2 /a"), mount("8:3 /b xfs"), mount("8:1 /a/bind")], NOTHING);
    expect(order(plan)).toEqual(["/b: mounted after /a (8:2)", "/a: mounted after / (8:1)", "/: mounted first"]);
  });

  it("freezes what lies on an image before its holder, in whichever order they are mounted", () => {
    const mounts = [mount("8:1 /"), mount("7:0 /image"), mount("8:2 /srv"), mount("8:3 /last")];
    expect(firsts(planFreeze(mounts, table(loop(0, "/srv/images/a.img"))))).toEqual(["/last", "/image", "/srv", "/"]);
    expect(firsts(planFreeze(mounts, table(loop(0, "/elsewhere/a.img"))))).toEqual(["/last", "/srv", "/image", "/"]);
  });

  it.each<[string, BlockTable]>([
    ["a partition", table(loop(0, "/srv/a.img"), { device: "259:0", name: "loop0p1", liesOn: ["7:0"] })],
    [
      "LUKS on LVM on RAID of it",
      table(
        { device: "259:0", name: "dm-1", alias: "crypt", liesOn: ["253:0"] },
        { device: "253:0", name: "dm-0", liesOn: ["9:0"] },
        { device: "9:0", name: "md0", liesOn: ["8:9", "7:0"] },
        loop(0, "/srv/a.img"),
      ),
    ],
    ["another loop device", table(loop(0, "/srv/a.img"), { device: "259:0", name: "loop1", liesOn: [], backingFile: "/dev/loop0" })],
    [
      "a volume by its name",
      table(
        loop(0, "/srv/a.img"),
        { device: "253:0", name: "dm-0", alias: "vg-lv", liesOn: ["7:0"] },
        { device: "259:0", name: "loop1", liesOn: [], backingFile: "/dev/mapper/vg-lv" },
      ),
    ],
  ])("looks through %s", (_, table) => {
    const mounts = [mount("8:1 /"), mount("259:0 /image"), mount("8:2 /srv")];
    expect(order(planFreeze(mounts, table))).toEqual([
      "/image: its image /srv/a.img lies on /srv (8:2)",
      "/srv: it holds the image of /image (259:0)",
      "/: mounted first",
    ]);
  });

  it("follows images on images through a file system that doesn't freeze", () => {
    const mounts = [mount("7:1 /inner"), mount("8:1 /"), mount("7:0 /outer"), mount("8:2 /b")];
    const devices = table(loop(0, "/a.img"), loop(1, "/outer/b.img"));
    expect(firsts(planFreeze(mounts, devices))).toEqual(["/b", "/inner", "/outer", "/"]);
    expect(order(planFreeze(mounts, devices, { exclude: ["/outer", "/b"] }))).toEqual([
      "/inner: its image /outer/b.img lies on /outer (7:0), which doesn't freeze; mounted first",
      "/: mounted after /inner (7:1)",
    ]);
  });

  it("names a few of many images, and counts the rest", () => {
    const loops = Array.from({ length: 5 }, (_, minor) => loop(minor, `/images/${minor}`));
    const mounts = [mount("8:1 /"), ...loops.map((_, minor) => mount(`7:${minor} /m${minor}`))];
    expect(order(planFreeze(mounts, table(...loops))).at(-1)).toBe("/: it holds the images of /m4 (7:4), /m3 (7:3), /m2 (7:2) and 2 more");
    expect(order(planFreeze(mounts.slice(0, 4), table(...loops))).at(-1)).toBe(
      "/: it holds the images of /m2 (7:2), /m1 (7:1) and /m0 (7:0)",
    );
  });

  it.each([["a.img"], [""], ["(deleted)"], ["socket:[1]"]])("says that it can't place the image %j", (file) => {
    const plan = planFreeze([mount("8:1 /"), mount("7:0 /image"), mount("8:2 /srv")], table(loop(0, file)));
    expect(order(plan)[1]).toBe(`/image: where its image ${file} lies is unknown; mounted after / (8:1)`);
  });

  it("takes mount order where file systems seem to lie on each other, and still what lies on all of them first", () => {
    const mounts = [mount("7:3 /on-b"), mount("8:1 /"), mount("7:0 /a"), mount("7:1 /b"), mount("7:2 /c")];
    const devices = table(loop(0, "/b/a.img"), loop(1, "/c/b.img"), loop(2, "/a/c.img"), loop(3, "/b/d.img"));
    expect(order(planFreeze(mounts, devices))).toEqual([
      "/on-b: its image /b/d.img lies on /b (7:1)",
      "/c: its image /a/c.img lies on /a (7:0); it holds the image of /b (7:1); it and /b (7:1) and /a (7:0) seem to lie on each other; mounted after /b (7:1)",
      "/b: its image /c/b.img lies on /c (7:2); it holds the images of /a (7:0) and /on-b (7:3); it and /c (7:2) and /a (7:0) seem to lie on each other; mounted after /a (7:0)",
      "/a: its image /b/a.img lies on /b (7:1); it holds the image of /c (7:2); it and /c (7:2) and /b (7:1) seem to lie on each other; mounted after / (8:1)",
      "/: mounted after /on-b (7:3)",
    ]);
  });

  it("survives devices that lie on themselves", () => {
    const devices = table(
      { device: "253:0", name: "dm-0", liesOn: ["253:1"] },
      { device: "253:1", name: "dm-1", liesOn: ["253:0", "253:1", "9:9"] },
      { device: "7:0", name: "loop0", liesOn: [], backingFile: "/dev/loop0" },
    );
    expect(firsts(planFreeze([mount("253:0 /"), mount("7:0 /a")], devices))).toEqual(["/a", "/"]);
  });
});
