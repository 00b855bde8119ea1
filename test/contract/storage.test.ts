/** Disks and file systems of this machine, and images mounted in a mount namespace of their own, beside qemu-ga; needs root. */
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { references } from "../differential/reference.ts";

const SCENARIO = join(import.meta.dirname, "storage/scenario.ts");

const directory = mkdtempSync("/tmp/lodger-storage-");
afterAll(() => rmSync(directory, { recursive: true }));

interface FileSystem {
  readonly name: string;
  readonly mountpoint: string;
  readonly "used-bytes": number;
  readonly "total-bytes": number;
  readonly "total-bytes-privileged": number;
  readonly disk: readonly unknown[];
}

interface Answers {
  readonly "guest-get-disks": readonly object[];
  readonly "guest-get-fsinfo": readonly FileSystem[];
  readonly "guest-get-diskstats": readonly {
    readonly name: string;
    readonly major: number;
    readonly minor: number;
    readonly stats: object;
  }[];
}

interface Asked {
  readonly failure: string;
  readonly milliseconds: number;
}

interface Results {
  readonly mountPoints: readonly string[];
  readonly stated: readonly { readonly total: number; readonly free: number; readonly available: number }[];
  readonly ours: Answers;
  readonly theirs: Answers;
  readonly hanging: { readonly late: readonly Asked[]; readonly again: Asked; readonly other: Asked; readonly gone: string };
}

describe("the storage of this machine", () => {
  let results: Results;

  beforeAll(async () => {
    const { found } = await references();
    const like = found.find(({ generation }) => generation === "current");
    if (like === undefined) throw new Error("the qemu-ga to be like is not there: node test/differential/reference.ts");
    const args = ["--mount", "--propagation", "private", process.execPath, SCENARIO, directory, ...like.command];
    const { stdout } = await promisify(execFile)("unshare", args, { maxBuffer: 1e8, timeout: 50_000 });
    results = JSON.parse(stdout);
  }, 180_000);

  it("has space as stat reads it", () => {
    const { ours, mountPoints, stated } = results;
    expect(mountPoints).toHaveLength(3);
    for (const [index, mountPoint] of mountPoints.entries()) {
      const { total = 0, free = 0, available = 0 } = stated[index] ?? {};
      expect(ours["guest-get-fsinfo"].find(({ mountpoint }) => mountpoint === mountPoint)).toMatchObject({
        "used-bytes": total - free,
        "total-bytes": total - free + available,
        "total-bytes-privileged": total,
        disk: [],
      });
    }
    // root's share of the first is 10 %, so that the three sizes differ
    expect(stated[0]?.free).toBeGreaterThan(stated[0]?.available ?? 0);
  });

  it("has the file systems that qemu-ga sees, each once, value by value", () => {
    const { ours, theirs, mountPoints } = results;
    const withoutTraffic = ({ "guest-get-fsinfo": list }: Answers) =>
      list.map((one) => (mountPoints.includes(one.mountpoint) ? one : { ...one, "used-bytes": 0, "total-bytes": 0 }));
    expect(
      withoutTraffic(ours)
        .slice(0, 3)
        .map(({ mountpoint }) => mountpoint),
    ).toEqual(mountPoints.toReversed());
    expect(withoutTraffic(ours)).toEqual(withoutTraffic(theirs));
  });

  it("has the disks that qemu-ga sees, in its order", () => {
    expect(results.ours["guest-get-disks"].length).toBeGreaterThan(2);
    expect(results.ours["guest-get-disks"]).toEqual(results.theirs["guest-get-disks"]);
  });

  it("has the counters that qemu-ga sees", () => {
    const kinds = ({ "guest-get-diskstats": list }: Answers) =>
      list.map(({ stats, ...disk }) => ({ ...disk, counters: Object.keys(stats).sort() }));
    expect(kinds(results.ours).length).toBeGreaterThan(2);
    expect(kinds(results.ours)).toEqual(kinds(results.theirs));
  });

  it("waits for a dead server no longer than its limit, and not twice", () => {
    const { late, again, other, gone } = results.hanging;
    expect(late.map(({ failure }) => failure)).toEqual(["ETIMEDOUT", "ETIMEDOUT"]);
    for (const { milliseconds } of late) expect(milliseconds).toBeGreaterThan(250);
    expect(again.failure).toBe("ETIMEDOUT");
    expect(again.milliseconds).toBeLessThan(150);
    expect(other.failure).toBe("none");
    expect(gone).toBe("ENOTCONN");
  });
});
