/** guest-get-fsinfo and guest-get-disks where there are more file systems than the machine's: images on loop devices, mounted for the agents only. */
import { execFile } from "node:child_process";
import { mkdtemp, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { available } from "./available.ts";
import { DISKS, FSINFO, largeMasked } from "./cases-storage.ts";
import { toldAll } from "./compare.ts";
import { play } from "./scenario.ts";

const run = promisify(execFile);
const found = await available();

/** 7.2 lists a file system as often as it is mounted, and some of the machine's files are mounted over others here. */
const generations = ["current", "11"] as const;

const IMAGES = {
  reserved: ["mkfs.ext4", "-q", "-m", "20"],
  small: ["mkfs.ext2", "-q", "-b", "1024"],
} as const;

describe.runIf(found)("storage on loop devices", () => {
  let folder = "";
  const devices: Record<string, string> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "lodger-differential-images-"));
    for (const [name, [program, ...options]] of Object.entries(IMAGES)) {
      const image = join(folder, name);
      await writeFile(image, "");
      await truncate(image, 16 << 20);
      await run(program, [...options, image]);
      devices[name] = (await run("losetup", ["--find", "--show", image])).stdout.trim();
    }
  });
  afterAll(async () => {
    for (const device of Object.values(devices)) await run("losetup", ["--detach", device]);
    await rm(folder, { recursive: true, force: true });
  });

  test("mounted here and there, twice, at odd names", async () => {
    const places = ["ext4", "a b", "again"];
    const { reserved = "", small = "" } = devices;
    const findings = await play("storage", {
      id: "loop devices",
      generations,
      world: {
        trees: { "/mnt": Object.fromEntries(places.map((name) => [name, { folder: true as const }])) },
        mounts: { "/mnt/ext4": reserved, "/mnt/a b": small, "/mnt/again": reserved },
      },
      masked: largeMasked,
      steps: [FSINFO, DISKS],
    });
    expect(toldAll(findings)).toBe("");
  });

  test("one file system, at a name in UTF-8", async () => {
    const { small = "" } = devices;
    const findings = await play("storage", {
      id: "a mount point in UTF-8",
      generations,
      world: { trees: { "/mnt": { "caf\u00e9 \\ \t\n": { folder: true } } }, mounts: { "/mnt/caf\u00e9 \\ \t\n": small } },
      masked: largeMasked,
      steps: [FSINFO],
    });
    expect(toldAll(findings)).toBe("");
  });
});
