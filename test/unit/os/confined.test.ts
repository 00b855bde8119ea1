import { closeSync, constants, fstatSync, openSync, readlinkSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openConfined, resolvePath } from "../../../core/os/linux/confined.ts";
import { LONG, READS } from "./confined-spellings.ts";
import { contents, heldBelow, makeWorld, outcome, removeWorld, type World } from "./confined-world.ts";

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK } = constants;

let world: World;
let base: string;

beforeEach(() => {
  world = makeWorld();
  base = world.base;
});
afterEach(() => {
  // Whatever happened: no descriptor is left behind.
  expect(heldBelow(base)).toEqual([]);
  removeWorld(world);
});

describe("spellings of a path", () => {
  const cwd = process.cwd();
  let opened: number[] = [];

  beforeEach(() => {
    process.chdir(base);
  });
  afterEach(() => process.chdir(cwd));

  function spelt(path: string): string {
    return path
      .replaceAll("BASE", base)
      .replaceAll("PID", String(process.pid))
      .replaceAll("SECRETFD", String(opened[0]))
      .replaceAll("FOLDERFD", String(opened[1]));
  }

  async function withDescriptors(work: () => Promise<void>): Promise<void> {
    opened = [openSync(join(base, "secret/secret"), O_RDONLY), openSync(join(base, "secret"), O_RDONLY)];
    try {
      await work();
    } finally {
      for (const fd of opened) closeSync(fd);
    }
  }

  test.each(READS)("%j: %s", async (path, result) => {
    await withDescriptors(async () => {
      expect(await outcome(spelt(path), O_RDONLY | O_NONBLOCK, world.confinement)).toBe(result);
    });
  });

  test.each(READS.filter(([, result]) => result === "inside"))("%j is what a plain open gives", async (path) => {
    await withDescriptors(async () => {
      const plain = openSync(spelt(path), O_RDONLY);
      const confined = await openConfined(spelt(path), O_RDONLY, 0, world.confinement);
      expect(fstatSync(confined).ino).toBe(fstatSync(plain).ino);
      for (const fd of [plain, confined]) closeSync(fd);
    });
  });

  const WRITES: readonly (readonly [name: string, flags: number])[] = [
    ["O_WRONLY|O_TRUNC", O_WRONLY | O_TRUNC],
    ["O_RDONLY|O_TRUNC", O_RDONLY | O_TRUNC],
    ["O_RDWR|O_APPEND", O_RDWR | O_APPEND],
    ["O_WRONLY|O_CREAT|O_TRUNC", O_WRONLY | O_CREAT | O_TRUNC],
    ["O_RDWR|O_CREAT|O_EXCL", O_RDWR | O_CREAT | O_EXCL],
    ["O_WRONLY|O_CREAT|O_APPEND", O_WRONLY | O_CREAT | O_APPEND],
  ];
  test.each(WRITES)("none that is refused for reading can be changed or made by %s", { timeout: 30_000 }, async (_, flags) => {
    await withDescriptors(async () => {
      const refused = READS.filter(([, result]) => result === "EPERM").map(([path]) => path);
      const more = ["BASE/allowed/to-new-secret", "BASE/allowed/to-new-secret-absolute", "BASE/allowed/../secret/new", "BASE/new"];
      const before = contents(base);
      for (const path of [...refused, ...more, "/proc/self/cwd/new", "BASE/allowed/to-secret-folder/new"]) {
        const told = await outcome(spelt(path), flags | O_NONBLOCK, world.confinement);
        // What its own name says of a path, and that there is a link inside, is no secret.
        const linkInside = (flags & O_EXCL) !== 0 && /^BASE\/allowed\/to-[^/]*$/.test(path);
        const folderInside = (flags & O_CREAT) !== 0 && /^BASE\/allowed\/to-[^/]*\/$/.test(path);
        expect([path, told]).toEqual([path, linkInside ? "EEXIST" : folderInside ? "EISDIR" : "EPERM"]);
      }
      expect(contents(base)).toEqual(before);
    });
  });
});

describe("resolvePath", () => {
  const rows: readonly (readonly [path: string, result: string])[] = [
    ["BASE/allowed/in", "BASE/allowed/in"],
    ["//BASE/./secret/..//allowed/in", "BASE/allowed/in"],
    ["BASE/allowed/", "BASE/allowed"],
    ["BASE/allowed/to-chain", "BASE/allowed/in"],
    ["BASE/allowed/to-secret-folder/../in", "BASE/in"],
    ["BASE/allowed/to-secret-folder/..", "BASE"],
    ["BASE/allowed/to-new-secret", "BASE/secret/new"],
    ["BASE/allowed/new", "BASE/allowed/new"],
    ["BASE/allowed/new/", "BASE/allowed/new"],
    ["BASE/to-allowed/new/./newer//newest", "BASE/allowed/new/newer/newest"],
    ["BASE/allowed/dangling/more", "BASE/allowed/nothing/there/more"],
    ["BASE/allowed/new/../in", "ENOENT"],
    ["BASE/allowed/in/..", "ENOTDIR"],
    ["BASE/allowed/in/x", "ENOTDIR"],
    ["BASE/allowed/in/", "ENOTDIR"],
    ["BASE/allowed/circle", "ELOOP"],
    ["/", "/"],
    ["/..", "/"],
    ["/nothing-of-this-name", "/nothing-of-this-name"],
    ["/proc/self/root/nothing-of-this-name", "/nothing-of-this-name"],
    ["", "ENOENT"],
    ["/a\0", "EINVAL"],
    [`/${LONG}x`, "ENAMETOOLONG"],
    [`${"/".repeat(4096)}`, "ENAMETOOLONG"],
  ];

  test.each(rows)("%j: %j", async (path, result) => {
    const resolved = await resolvePath(path.replaceAll("BASE", base)).catch((error) => error.code);
    expect(resolved).toBe(result.replaceAll("BASE", base));
  });

  test("a relative path begins at the working directory", async () => {
    expect(await resolvePath("nothing-of-this-name")).toBe(join(realpathSync("."), "nothing-of-this-name"));
    expect(await resolvePath("/proc/self/cwd")).toBe(readlinkSync("/proc/self/cwd"));
  });
});
