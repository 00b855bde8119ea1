import { execFileSync } from "node:child_process";
import { chmodSync, constants, existsSync, lchownSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { resolvePath } from "../../../core/os/linux/confined.ts";
import type { Confinement } from "../../../core/os/ports.ts";
import { heldBelow, makeWorld, outcome, removeWorld, type World } from "./confined-world.ts";

const { O_RDONLY, O_WRONLY, O_CREAT } = constants;

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

describe("the folders of a confinement", () => {
  const rows: readonly (readonly [name: string, confinement: Confinement, path: string, result: string])[] = [
    ["a link of root's is followed", { inside: ["BASE/to-allowed"] }, "BASE/allowed/in", "inside"],
    ["spelt otherwise", { inside: ["BASE/secret/..//allowed/./"] }, "BASE/allowed/in", "inside"],
    ["one that isn't there has nothing in it", { inside: ["BASE/nothing"] }, "BASE/allowed/in", "EPERM"],
    ["none of them", { inside: [] }, "BASE/allowed/in", "EPERM"],
    [
      "any of several",
      { inside: ["BASE/nothing", "BASE/allowed/circle", "BASE/allowed/in/x", "BASE/allowed"] },
      "BASE/allowed/in",
      "inside",
    ],
    ["a file", { inside: ["BASE/allowed/in"] }, "BASE/allowed/in", "inside"],
    ["a file, and another", { inside: ["BASE/allowed/in"] }, "BASE/allowed/sub/in", "EPERM"],
    ["a file's name is no beginning", { inside: ["BASE/allowed"] }, "BASE/allowed-not/near", "EPERM"],
    ["the root", { inside: ["/"] }, "BASE/secret/secret", "secret"],
    ["the empty path", { inside: [""] }, "BASE/allowed/in", "EPERM"],
    ["everything", {}, "BASE/secret/secret", "secret"],
    ["but a second name", {}, "BASE/secret/two-names", "EPERM"],
    ["outside of a folder", { outside: ["BASE/secret"] }, "BASE/allowed/in", "inside"],
    ["outside of a folder, by a link", { outside: ["BASE/secret"] }, "BASE/allowed/to-secret", "EPERM"],
    ["outside of what a link leads to", { outside: ["BASE/to-secret"] }, "BASE/secret/sub/secret", "EPERM"],
    [
      "outside of a folder in what is allowed",
      { inside: ["BASE/allowed"], outside: ["BASE/allowed/sub"] },
      "BASE/allowed/sub/deep/in",
      "EPERM",
    ],
    ["outside beats inside", { inside: ["BASE/allowed"], outside: ["BASE/allowed"] }, "BASE/allowed/in", "EPERM"],
    ["outside of everything", { outside: ["/"] }, "BASE/allowed/in", "EPERM"],
    ["outside of a file", { outside: ["BASE/allowed/in"] }, "BASE/allowed/to-in", "EPERM"],
    ["what is outside isn't told", { outside: ["BASE/secret"] }, "BASE/secret/nothing", "EPERM"],
    ["outside of what leads nowhere", { outside: ["BASE/allowed/circle", "BASE/allowed/in/x"] }, "BASE/allowed/in", "inside"],
  ];
  test.each(rows)("%s", async (_, { inside, outside }, path, result) => {
    const here = (texts: readonly string[] | undefined) => texts?.map((text) => text.replaceAll("BASE", base));
    const [within, without] = [here(inside), here(outside)];
    const confinement = { ...(within && { inside: within }), ...(without && { outside: without }) };
    expect(await outcome(path.replaceAll("BASE", base), O_RDONLY, confinement)).toBe(result);
  });

  test("what isn't there yet can't be made where it is forbidden", async () => {
    const confinement = { outside: [join(base, "allowed/new")] };
    for (const path of ["allowed/new", "allowed/to-new", "secret/to-allowed/new"]) {
      expect(await outcome(join(base, path), O_WRONLY | O_CREAT, confinement)).toBe("EPERM");
    }
    expect(existsSync(join(base, "allowed/new"))).toBe(false);
    expect(await outcome(join(base, "allowed/newer"), O_WRONLY | O_CREAT, confinement)).toBe("");
  });

  test.runIf(process.getuid?.() === 0)("a link of a user's on the way to it leads nowhere", async () => {
    symlinkSync("secret", join(base, "share"));
    lchownSync(join(base, "share"), 61_001, 61_001);
    const confinement = { inside: [join(base, "share")] };
    for (const path of ["share/secret", "secret/secret"]) expect(await outcome(join(base, path), O_RDONLY, confinement)).toBe("EPERM");
    expect(await outcome(join(base, "share/secret"), O_RDONLY, { outside: [join(base, "share")] })).toBe("EPERM");
  });

  test.runIf(process.getuid?.() === 0)("a link that a user has planted in a folder for all is not followed", async () => {
    const common = join(base, "allowed/common");
    mkdirSync(common);
    chmodSync(common, 0o1777);
    symlinkSync("../in", join(common, "planted"));
    expect(await outcome(join(common, "planted"), O_RDONLY, world.confinement)).toBe("inside");
    lchownSync(join(common, "planted"), 61_001, 61_001);
    expect(await outcome(join(common, "planted"), O_RDONLY, world.confinement)).toBe("EACCES");
  });
});

describe("a changing tree", () => {
  test("a working directory that was removed", async () => {
    const cwd = process.cwd();
    mkdirSync(join(base, "allowed/gone"));
    process.chdir(join(base, "allowed/gone"));
    try {
      rmSync(join(base, "allowed/gone"), { recursive: true });
      expect(await outcome("x", O_WRONLY | O_CREAT, world.confinement)).toBe("EPERM");
      expect(await outcome(".", O_RDONLY, world.confinement)).toBe("EPERM");
      await expect(resolvePath("x")).rejects.toMatchObject({ code: "ENOENT" });
    } finally {
      process.chdir(cwd);
    }
  });

  test("a file that is replaced all the time can be opened", async () => {
    const path = join(base, "allowed/in");
    let going = true;
    const replacing = (async () => {
      while (going) {
        writeFileSync(`${path}.new`, "inside");
        renameSync(`${path}.new`, path);
        await sleep(3);
      }
    })();
    const outcomes = new Set<string>();
    for (let round = 0; round < 40; round++) outcomes.add(await outcome(path, O_RDONLY, world.confinement));
    going = false;
    await replacing;
    expect([...outcomes]).toEqual(["inside"]);
  });

  test.runIf(process.getuid?.() === 0)("a folder that is mounted in two places, and one that lost its place", () => {
    const script = join(import.meta.dirname, "confined-mounts.ts");
    const output = execFileSync("unshare", ["--mount", "--propagation", "private", process.execPath, script, base], { encoding: "utf8" });
    expect(JSON.parse(output)).toEqual({
      mountedInside: "secret", // whoever may mount has decided so
      allowedElsewhere: "EPERM",
      mountedOver: "EPERM",
      lostFileSystem: "EPERM",
      procInside: expect.stringContaining("Name:"),
    });
  });
});
