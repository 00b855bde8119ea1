import {
  closeSync,
  constants,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { openConfined, resolvePath } from "../../../core/os/linux/confined.ts";
import { contents, heldBelow } from "./confined-world.ts";

const { O_RDONLY, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = constants;

/** Few names, so that paths meet. */
const name = fc.constantFrom("a", "b", "c");
const step = fc.oneof(
  { weight: 6, arbitrary: name },
  { weight: 2, arbitrary: fc.constant("new") },
  { weight: 3, arbitrary: fc.constant("..") },
  fc.constantFrom(".", ""),
);
const steps = fc.array(step, { minLength: 1, maxLength: 6 }).map((parts) => parts.join("/"));
/** "ROOT" is the folder of the run. */
const path = fc.oneof(
  steps.map((text) => `ROOT/${text}`),
  steps.map((text) => `/proc/self/rootROOT/${text}`),
);
/** More often something new in a folder that is there. */
const pathToWrite = fc.oneof(path, fc.constantFrom("ROOT/a/new", "ROOT/b/new", "ROOT/a/b/new", "ROOT/a/../b/a/new"));
const target = fc.oneof(
  path,
  steps.filter((text) => text !== ""),
);
const place = fc.array(name, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/"));
const entry = fc.oneof(
  fc.record({ kind: fc.constant("folder" as const), place }),
  fc.record({ kind: fc.constant("file" as const), place }),
  fc.record({ kind: fc.constant("link" as const), place, target }),
  fc.record({ kind: fc.constant("name" as const), place, target: place }),
);
const tree = fc.array(entry, { minLength: 4, maxLength: 16 });
const flags = fc.constantFrom(
  O_RDONLY,
  O_WRONLY | O_TRUNC,
  O_WRONLY | O_CREAT | O_TRUNC,
  O_WRONLY | O_CREAT | O_EXCL,
  O_RDWR | O_CREAT | O_APPEND,
);

type Entry = typeof entry extends fc.Arbitrary<infer T> ? T : never;

function build(root: string, entries: readonly Entry[]): void {
  for (const one of entries) {
    try {
      const at = join(root, one.place);
      if (one.kind === "folder") mkdirSync(at, { recursive: true });
      else if (one.kind === "file") writeFileSync(at, "text", { flag: "wx" });
      else if (one.kind === "link") symlinkSync(one.target.replaceAll("ROOT", root), at);
      else linkSync(join(root, one.target), at);
    } catch {
      // Something is in its way, or what it is in isn't there.
    }
  }
}

function identity({ dev, ino }: { dev: number; ino: number }): string {
  return `${dev}:${ino}`;
}

/** What is in a folder and below, itself too, that has no other name; links are not followed. */
function insideOf(folder: string): Set<string> {
  const found = new Set<string>();
  const visit = (at: string): void => {
    const status = lstatSync(at);
    if (status.isDirectory() || status.nlink === 1) found.add(identity(status));
    if (status.isDirectory()) for (const one of readdirSync(at)) visit(join(at, one));
  };
  visit(folder);
  return found;
}

async function tried(open: () => number | Promise<number>): Promise<string> {
  try {
    const fd = await open();
    const found = identity(fstatSync(fd));
    closeSync(fd);
    return found;
  } catch (error) {
    return (error as { code: string }).code;
  }
}

async function inTree(entries: readonly Entry[], work: (root: string) => Promise<void>): Promise<void> {
  const base = mkdtempSync("/tmp/lodger-confined-");
  const root = join(base, "root");
  try {
    mkdirSync(join(root, "a/b"), { recursive: true });
    mkdirSync(join(root, "b/a"), { recursive: true });
    writeFileSync(join(root, "a/c"), "text");
    writeFileSync(join(root, "b/c"), "text");
    build(root, entries);
    await work(root);
    expect(heldBelow(base)).toEqual([]);
  } finally {
    rmSync(base, { recursive: true });
  }
}

const folder = fc.constantFrom("a", "b", "a/b", "b/a");

test("what is opened is inside, and what a plain open finds inside is opened", { timeout: 60_000 }, async () => {
  const counts = { opened: 0, refused: 0, other: 0 };
  await fc.assert(
    fc.asyncProperty(tree, folder, fc.array(path, { minLength: 8, maxLength: 8 }), async (entries, allowed, paths) => {
      await inTree(entries, async (root) => {
        const inside = insideOf(join(root, allowed));
        for (const text of paths) {
          const real = text.replaceAll("ROOT", root);
          const plain = await tried(() => openSync(real, O_RDONLY));
          const confined = await tried(() => openConfined(real, O_RDONLY, 0, { inside: [join(root, allowed)] }));
          if (plain.includes(":")) {
            expect(confined).toBe(inside.has(plain) ? plain : "EPERM");
            counts[confined === "EPERM" ? "refused" : "opened"]++;
          } else {
            expect([plain, "EPERM"]).toContain(confined);
            counts.other++;
          }
        }
      });
    }),
    { numRuns: 150 },
  );
  // The trees are such that all of it happens.
  for (const count of Object.values(counts)) expect(count).toBeGreaterThan(20);
});

test("whatever the flags, nothing outside is changed or made, and nothing at all by what is refused", { timeout: 60_000 }, async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(
      tree,
      folder,
      fc.array(fc.tuple(pathToWrite, flags), { minLength: 6, maxLength: 6 }),
      async (entries, allowed, opens) => {
        await inTree(entries, async (root) => {
          const isInside = (line: string) => {
            const [file] = JSON.parse(line) as [string];
            return file.startsWith(`${allowed}/`);
          };
          for (const [text, how] of opens) {
            const before = contents(root);
            const confined = await tried(() => openConfined(text.replaceAll("ROOT", root), how, 0o600, { inside: [join(root, allowed)] }));
            const after = contents(root);
            if (!confined.includes(":")) expect(after).toEqual(before);
            else if (after.length > before.length) made++;
            expect(after.filter((line) => !isInside(line))).toEqual(before.filter((line) => !isInside(line)));
          }
        });
      },
    ),
    { numRuns: 150 },
  );
  expect(made).toBeGreaterThan(5);
});

test("a forbidden folder is never opened, and all else is", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(tree, folder, fc.array(path, { minLength: 6, maxLength: 6 }), async (entries, forbidden, paths) => {
      await inTree(entries, async (root) => {
        const inside = insideOf(join(root, forbidden));
        const all = insideOf(root);
        for (const text of paths) {
          const real = text.replaceAll("ROOT", root);
          const plain = await tried(() => openSync(real, O_RDONLY));
          const confined = await tried(() => openConfined(real, O_RDONLY, 0, { outside: [join(root, forbidden)] }));
          if (all.has(plain)) expect(confined).toBe(inside.has(plain) ? "EPERM" : plain);
          else if (!plain.includes(":")) expect([plain, "EPERM"]).toContain(confined);
        }
      });
    }),
    { numRuns: 80 },
  );
});

test("a resolved path has no links, and leads to the same", { timeout: 60_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(tree, fc.array(path, { minLength: 8, maxLength: 8 }), async (entries, paths) => {
      await inTree(entries, async (root) => {
        for (const text of paths) {
          const real = text.replaceAll("ROOT", root);
          const plain = await tried(() => openSync(real, O_RDONLY));
          const resolved = await resolvePath(real).catch((error: { code: string }) => error.code);
          if (plain.includes(":")) expect(identity(lstatSync(resolved))).toBe(plain);
          else if (plain === "ENOENT" && resolved !== "ENOENT") expect(await resolvePath(resolved)).toBe(resolved);
          else expect(resolved).toBe(plain);
        }
      });
    }),
    { numRuns: 100 },
  );
});
