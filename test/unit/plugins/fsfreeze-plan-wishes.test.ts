/** What is left out: kinds that never freeze, what the client doesn't name, what the admin excludes. */
import { describe, expect, it } from "vitest";
import { planFreeze } from "../../../plugins/fsfreeze/plan-freeze.ts";
import { firsts, mount, NOTHING, reasons } from "./fsfreeze-recordings/made-up.ts";

describe("what is left out", () => {
  it.each([
    ["0:5", "tmpfs", "no block device: in memory, or made by the kernel"],
    ["0:5", "cgroup2", "no block device: in memory, or made by the kernel"],
    ["0:5", "nfs4", "network: it lies on another machine"],
    ["0:5", "cifs", "network: it lies on another machine"],
    ["0:5", "9p", "network: it lies on another machine"],
    ["0:5", "virtiofs", "network: it lies on another machine"],
    ["0:5", "fuse", "FUSE: a program writes it, the kernel can't freeze it"],
    ["0:5", "fuse.sshfs", "FUSE: a program writes it, the kernel can't freeze it"],
    ["8:5", "fuseblk", "FUSE: a program writes it, the kernel can't freeze it"],
    ["0:5", "fusectl", "no block device: in memory, or made by the kernel"],
    ["0:5", "autofs", "automatic mount: never touched, so that nothing is mounted by looking"],
    ["0:5", "zfs", "ZFS: can't be frozen"],
    ["0:5", "overlay", "read-only overlay: can't change"],
    ["0:5", "ecryptfs", "stacked: its writes go to the file system of the directory beneath it"],
    ["7:5", "squashfs", "read-only kind: can't change"],
    ["11:0", "iso9660", "read-only kind: can't change"],
    ["7:5", "erofs", "read-only kind: can't change"],
  ])("on %s of type %s has its reason", (device, type, reason) => {
    expect(reasons(planFreeze([mount(`${device} /a ${type}`)], NOTHING))).toEqual([`/a: ${reason}`]);
  });

  it.each(["ext4", "xfs", "btrfs", "vfat", "exfat", "ntfs3", "f2fs", "udf", "gfs2", "ocfs2", "some-new-kind"])(
    "is not %s: whether it can freeze, its kernel knows",
    (type) => expect(planFreeze([mount(`8:5 /a ${type}`)], NOTHING).leftOut).toEqual([]),
  );

  it("is every mount of such a file system", () => {
    expect(reasons(planFreeze([mount("7:5 /a squashfs"), mount("7:5 /b squashfs")], NOTHING))).toHaveLength(2);
  });
});

describe("the client's list", () => {
  const MOUNTS = [mount("8:1 /"), mount("8:2 /data"), mount("8:2 /bind", { root: "/sub" }), mount("0:4 /run tmpfs")];

  it.each([
    [["/data"], ["/data"]],
    [["/bind"], ["/data"]],
    [["/data/"], ["/data"]],
    [["//data"], ["/data"]],
    [
      ["/", "/data", "/bind", "/data", "/nowhere"],
      ["/data", "/"],
    ],
    [["//"], ["/"]],
    [["/data/."], []],
    [["/da*"], []],
    [["data"], []],
    [[""], []],
    [["/run"], []],
    [[], []],
  ])("%j selects %j", (only, mountPoints) => expect(firsts(planFreeze(MOUNTS, NOTHING, { only }))).toEqual(mountPoints));

  it("is the reason for what it doesn't name, but not for what couldn't freeze anyway", () => {
    expect(reasons(planFreeze(MOUNTS, NOTHING, { only: ["/"] }))).toEqual([
      "/data: not in the client's list",
      "/bind: not in the client's list",
      "/run: no block device: in memory, or made by the kernel",
    ]);
  });

  it("doesn't win over the admin", () => {
    expect(reasons(planFreeze(MOUNTS, NOTHING, { only: ["/data"], exclude: ["/data"] }))).toContain("/data: excluded by the admin: /data");
  });
});

describe("the admin's exclusions", () => {
  const MOUNTS = [
    mount("8:1 /"),
    mount("8:1 /var/kubelet/pods/x/conf", { root: "/conf" }),
    mount("8:2 /var/kubelet/csi/mount"),
    mount("8:2 /var/kubelet/pods/x/mount"),
    mount("8:3 /srv/a+b"),
    mount("8:4 /srv/new\nline"),
    mount("8:5 /srv/[*]"),
  ];
  const ALL = ["/srv/[*]", "/srv/new\nline", "/srv/a+b", "/var/kubelet/csi/mount", "/"];

  it.each([
    ["/srv/a+b", ["/srv/a+b"]],
    ["/srv//a+b/", ["/srv/a+b"]],
    ["/srv/*", ["/srv/a+b", "/srv/new\nline", "/srv/[*]"]],
    ["/srv/new?line", ["/srv/new\nline"]],
    ["/srv/a?b", ["/srv/a+b"]],
    ["/srv/[*]", ["/srv/[*]"]],
    ["/srv/a+?", ["/srv/a+b"]],
    ["/srv?a+b", []],
    ["/*", []],
    ["/srv", []],
    ["srv/*", []],
    ["", []],
    ["/var/kubelet/pods/**", []],
    ["/var/kubelet/**", ["/var/kubelet/csi/mount"]],
    ["/var/kubelet/*/mount", []],
    ["/var/kubelet/pods/x/conf", ["/"]],
    ["**", ALL],
    ["/**", ALL],
  ])("%j excludes %j", (pattern, mountPoints) => {
    const { freeze, leftOut } = planFreeze(MOUNTS, NOTHING, { exclude: [pattern] });
    expect(freeze.map(({ mountPoints: [first] }) => first?.mountPoint)).toEqual(ALL.filter((name) => !mountPoints.includes(name)));
    expect(leftOut.every(({ reason }) => reason === `excluded by the admin: ${pattern}`)).toBe(true);
  });

  it("can be several patterns that match all mount points together", () => {
    const plan = planFreeze(MOUNTS, NOTHING, { exclude: ["/var/kubelet/pods/**", "/var/kubelet/csi/*"] });
    expect(reasons(plan)).toEqual([
      "/var/kubelet/csi/mount: excluded by the admin: /var/kubelet/csi/*",
      "/var/kubelet/pods/x/mount: excluded by the admin: /var/kubelet/csi/*",
    ]);
  });

  it.each([
    ["that a regular expression would try for ever", `/${"**a".repeat(1000)}`],
    ["too long for one", `/**/${"8:".repeat(16_000)}`],
  ])("a pattern %s excludes nothing", (_, exclude) => {
    const mounts = [...MOUNTS, mount(`8:6 /${"a".repeat(900)}`)];
    expect(firsts(planFreeze(mounts, NOTHING, { exclude: [exclude] }))).toEqual(firsts(planFreeze(mounts, NOTHING, {})));
  });

  it("are each named where they decide", () => {
    const plan = planFreeze(MOUNTS, NOTHING, { exclude: ["/nowhere", "/srv/*", "/"] });
    expect(reasons(plan)).toEqual([
      "/: excluded by the admin: /",
      "/var/kubelet/pods/x/conf: excluded by the admin: /",
      "/srv/a+b: excluded by the admin: /srv/*",
      "/srv/new\nline: excluded by the admin: /srv/*",
      "/srv/[*]: excluded by the admin: /srv/*",
    ]);
  });
});
