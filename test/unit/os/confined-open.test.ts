import { closeSync, constants, fstatSync, openSync, readFileSync, statSync, symlinkSync, writeSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openConfined } from "../../../core/os/linux/confined.ts";
import { LONG } from "./confined-spellings.ts";
import { contents, heldBelow, makeWorld, outcome, removeWorld, type World } from "./confined-world.ts";

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_NONBLOCK, O_NOFOLLOW, O_DIRECTORY } = constants;

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

describe("what is inside is opened as a plain open does it", () => {
  const FLAGS = { O_RDONLY, O_WRONLY, O_RDWR, O_TRUNC: O_WRONLY | O_TRUNC, O_APPEND: O_WRONLY | O_APPEND };
  const MAKING = { "": 0, O_CREAT, "O_CREAT|O_EXCL": O_CREAT | O_EXCL, "O_CREAT|O_TRUNC": O_CREAT | O_TRUNC };
  const FURTHER = { "": 0, O_NOFOLLOW, O_DIRECTORY };
  const PATHS = [
    "in", "sub", "sub/", "sub/.", "sub/..", ".", "new", "new/", "new/.", "new/x", "to-in", "to-in/", "to-new", "dangling", "circle", "to-sub",
    "to-sub/", "in/", "in/x", "fifo", LONG, `${LONG}x`, "to-in-slash", "sub/../in", "empty/new",
  ]; // biome-ignore format: a table
  const combinations = Object.entries(FLAGS).flatMap(([name, flags]) =>
    Object.entries(MAKING).flatMap(([making, more]) =>
      Object.entries(making === "" ? FURTHER : { "": 0, O_NOFOLLOW }).map(
        ([further, most]) => [[name, making, further].filter(Boolean).join("|"), flags | more | most] as const,
      ),
    ),
  );

  test.each(combinations)("%s", async (_, flags) => {
    const twin = makeWorld();
    try {
      for (const path of PATHS) {
        const confined = await outcome(`${base}/allowed/${path}`, flags | O_NONBLOCK, world.confinement);
        const plain = plainly(`${twin.base}/allowed/${path}`, flags | O_NONBLOCK);
        expect([path, confined]).toEqual([path, plain]);
      }
      const names = (folder: string) =>
        contents(folder).map((line) => [JSON.parse(line)[0], JSON.parse(line)[2], JSON.parse(line).at(-1).replaceAll(folder, "")]);
      expect(names(base)).toEqual(names(twin.base));
    } finally {
      removeWorld(twin);
    }
  });

  function plainly(path: string, flags: number): string {
    try {
      const fd = openSync(path, flags, 0o644);
      try {
        const status = fstatSync(fd);
        return status.isDirectory() ? "folder" : status.isFile() ? readFileSync(path, "utf8") : "special";
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? "";
    }
  }

  test("reads, writes, appends and cuts what it has opened", async () => {
    const path = join(base, "allowed/to-in");
    const appending = await openConfined(path, O_WRONLY | O_APPEND, 0, world.confinement);
    writeSync(appending, "!");
    closeSync(appending);
    expect(readFileSync(path, "utf8")).toBe("inside!");
    closeSync(await openConfined(path, O_WRONLY | O_TRUNC, 0, world.confinement));
    expect(readFileSync(path, "utf8")).toBe("");
  });

  test("makes a file with the mode asked for, less the umask", async () => {
    const path = join(base, "allowed/new");
    const umask = process.umask(0o027);
    try {
      closeSync(await openConfined(path, O_WRONLY | O_CREAT | O_EXCL, 0o666, world.confinement));
    } finally {
      process.umask(umask);
    }
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  test("its descriptors are no child's", async () => {
    const fd = await openConfined(join(base, "allowed/in"), O_RDONLY, 0, world.confinement);
    const flags = /^flags:\s+(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8"));
    expect(Number.parseInt(flags?.[1] ?? "", 8) & 0o2000000).not.toBe(0);
    closeSync(fd);
  });

  test("40 links are followed, 41 are not", async () => {
    for (let index = 1; index <= 41; index++) symlinkSync(index === 1 ? "in" : `link-${index - 1}`, join(base, `allowed/link-${index}`));
    expect(await outcome(join(base, "allowed/link-40"), O_RDONLY, world.confinement)).toBe("inside");
    expect(await outcome(join(base, "allowed/link-41"), O_RDONLY, world.confinement)).toBe("ELOOP");
  });

  test("the error is the C library's text", async () => {
    const refused = openConfined(join(base, "secret/secret"), O_RDONLY, 0, world.confinement);
    await expect(refused).rejects.toMatchObject({
      name: "OsError",
      code: "EPERM",
      errno: 1,
      message: "Operation not permitted",
      call: "open",
    });
  });
});
