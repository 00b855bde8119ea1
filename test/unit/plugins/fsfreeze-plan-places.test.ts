/** Which file system holds what. */
import { describe, expect, it } from "vitest";
import type { Mount } from "../../../core/plugin.ts";
import { planFreeze } from "../../../plugins/fsfreeze/plan-freeze.ts";
import { firsts, loop, mount, NOTHING, order, table } from "./fsfreeze-recordings/made-up.ts";

describe("the holder of an image", () => {
  const holderIn = (mounts: readonly Mount[], file = "/srv/a.img") => order(planFreeze(mounts, table(loop(0, file))))[0];

  it.each([
    ["/srv/a.img", "/srv (8:2)"],
    ["/srv/deep/a.img", "/srv/deep (8:3)"],
    ["/srv/deeper/a.img", "/srv (8:2)"],
    ["/srv", "/srv (8:2)"],
    ["/a.img", "/ (8:1)"],
    ["/srv/deep/a.img (deleted)", "/srv/deep (8:3)"],
    ["/dev-files/a.img", "/ (8:1)"],
  ])("of %s is the file system with the longest path above it", (file, holder) => {
    const mounts = [mount("8:1 /"), mount("8:2 /srv"), mount("8:3 /srv/deep"), mount("7:0 /image")];
    expect(holderIn(mounts, file)).toBe(`/image: its image ${file} lies on ${holder}`);
  });

  it("is where the driver says that the file lies, whatever its path means here", () => {
    const mounts = [mount("8:1 /"), mount("7:0 /image"), mount("8:2 /srv")];
    const { devices, btrfs } = table(loop(0, "/elsewhere/a.img"));
    const plan = planFreeze(mounts, { devices: devices.map((device) => ({ ...device, backingDevice: "8:2" })), btrfs });
    expect(order(plan)[0]).toBe("/image: its image /elsewhere/a.img lies on /srv (8:2)");
    expect(order(plan)[1]).toContain("/srv:");
  });

  it("is a bind mount's file system", () => {
    const mounts = [mount("8:1 /"), mount("8:2 /data"), mount("8:2 /srv", { root: "/images" }), mount("7:0 /image")];
    expect(holderIn(mounts)).toBe("/image: its image /srv/a.img lies on /data (8:2)");
  });

  it("is what was mounted at its path last, but not after what lies on the image", () => {
    const mounts = [mount("8:1 /"), mount("8:2 /srv"), mount("8:3 /srv"), mount("7:0 /image")];
    expect(holderIn(mounts)).toBe("/image: its image /srv/a.img lies on /srv (8:3)");
    const late = planFreeze([...mounts, mount("8:4 /srv"), mount("0:9 /srv tmpfs")], table(loop(0, "/srv/a.img")));
    expect(order(late)).toContain("/image: its image /srv/a.img lies on /srv (8:3)");
  });

  it("is not the image's own file system, mounted over the image's directory", () => {
    const plan = planFreeze([mount("8:1 /"), mount("8:2 /srv"), mount("7:0 /srv")], table(loop(0, "/srv/a.img")));
    expect(order(plan)).toEqual([
      "/srv: its image /srv/a.img lies on /srv (8:2)",
      "/srv: it holds the image of /srv (7:0)",
      "/: mounted first",
    ]);
  });

  it("can be in memory or far away, and then only the order of mounting counts", () => {
    const mounts = [mount("8:1 /"), mount("0:5 /srv nfs4"), mount("7:0 /image"), mount("8:2 /data")];
    expect(order(planFreeze(mounts, table(loop(0, "/srv/a.img"))))).toEqual([
      "/data: mounted after /image (7:0)",
      "/image: its image /srv/a.img lies on /srv (nfs4), which doesn't freeze; mounted after / (8:1)",
      "/: mounted first",
    ]);
  });

  it.each<[string, string | undefined, string]>([
    ["its upper directory", "/upper/u", "its image /ov/deep/a.img lies on /upper (8:2)"],
    ["no directory of this place", "upper/u", "where its image /ov/deep/a.img lies is unknown; mounted first"],
    ["a directory in itself", "/ov/u", "where its image /ov/deep/a.img lies is unknown; mounted first"],
    ["nothing that can be written", undefined, "its image /ov/deep/a.img lies on /ov (overlay), which doesn't freeze; mounted first"],
  ])("below an overlay with %s", (_, upperDirectory, why) => {
    const overlay = mount("0:50 /ov overlay", upperDirectory === undefined ? {} : { upperDirectory });
    const mounts = [overlay, mount("7:0 /image"), mount("8:2 /upper")];
    expect(order(planFreeze(mounts, table(loop(0, "/ov/deep/a.img"))))).toContain(`/image: ${why}`);
  });

  it("below an overlay is found also where the list has the overlay last", () => {
    const mounts = [mount("8:1 /"), mount("7:0 /image"), mount("8:2 /upper"), mount("0:50 /ov overlay", { upperDirectory: "/upper" })];
    expect(firsts(planFreeze(mounts, table(loop(0, "/ov/a.img"))))).toEqual(["/image", "/upper", "/"]);
  });

  it("is not in memory that was mounted over its directory afterwards", () => {
    const mounts = [mount("8:1 /"), mount("7:0 /image"), mount("8:2 /srv"), mount("0:9 /srv/images tmpfs")];
    expect(firsts(planFreeze(mounts, table(loop(0, "/srv/images/a.img"))))).toEqual(["/image", "/srv", "/"]);
  });

  it("below a part of an overlay is found in that part of the upper directory", () => {
    const mounts = [
      mount("8:1 /"),
      mount("8:2 /upper"),
      mount("8:3 /upper/part"),
      mount("0:50 /ov overlay", { root: "/part", upperDirectory: "/upper/" }),
      mount("7:0 /image"),
    ];
    expect(holderIn(mounts, "/ov/a.img")).toBe("/image: its image /ov/a.img lies on /upper/part (8:3)");
  });
});

describe("btrfs", () => {
  const sda = { device: "8:1", name: "sda1", liesOn: [] };
  const dm = { device: "253:0", name: "dm-0", alias: "vg-b", liesOn: [] };

  it("is one file system, whichever of its devices is named", () => {
    const mounts = [mount("8:1 / btrfs"), mount("253:0 /home btrfs", { root: "/home" }), mount("8:9 /other btrfs")];
    const plan = planFreeze(mounts, { devices: [sda, dm], btrfs: [["253:0", "8:1"]] });
    expect(plan.freeze.map(({ device, mountPoints }) => [device, mountPoints.length])).toEqual([
      ["8:9", 1],
      ["8:1", 2],
    ]);
  });

  it("has the device that its source names in the table where the list of mounts doesn't know it", () => {
    const mounts = [mount("0:40 / btrfs", { source: "/dev/mapper/vg-b" }), mount("8:1 /home btrfs")];
    const plan = planFreeze(mounts, { devices: [sda, dm], btrfs: [["253:0", "8:1"]] });
    expect(plan.freeze.map(({ device, mountPoints }) => [device, mountPoints.length])).toEqual([["253:0", 2]]);
  });

  it("of an unknown device is one for each source", () => {
    const mounts = [
      mount("0:40 /a btrfs", { source: "/dev/x" }),
      mount("0:41 /b btrfs", { source: "/dev/y" }),
      mount("0:42 /c btrfs", { source: "/dev/x" }),
    ];
    expect(planFreeze(mounts, NOTHING).freeze.map(({ device, mountPoints }) => [device, mountPoints.length])).toEqual([
      ["0:41", 1],
      ["0:40", 2],
    ]);
  });
});

it("bcachefs lies on all the devices of its source", () => {
  const mounts = [mount("7:0 /b bcachefs", { source: "/dev/loop0:/dev/loop1:/dev/gone" }), mount("8:1 /"), mount("8:2 /srv")];
  expect(firsts(planFreeze(mounts, table(loop(0, "/a"), loop(1, "/srv/a"))))).toEqual(["/b", "/srv", "/"]);
});
