import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/security.md"), "utf8");

/** The table of what has happened to others: who is named, and what shows that it can't happen here. */
const rows = page
  .slice(page.indexOf("## What has happened to others"), page.indexOf("## Harden it"))
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (seen in|-)/.test(line))
  .map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );

describe("the page on security", () => {
  test.each(Array.from(new Set(page.match(/\btest\/[\w./-]+\.ts/g))))("%s is there", (file) => {
    expect(existsSync(join(root, file))).toBe(true);
  });

  test.each(rows)("%s: what stops it is shown by a test", (_, measure, shown) => {
    expect(measure).not.toBe("");
    expect(shown).toMatch(/`test\/[\w./-]+\.test\.ts`/);
  });

  test("has every vulnerability that we know of", () => {
    const known = [
      "qemu#3929",
      "2018-12617",
      "2025-41244",
      "2015-5191",
      "2025-22247",
      "2022-29527",
      "eks-ami#2234",
      "2026-47299",
      "2026-32996",
      "2023-20867",
      "2026-115378",
    ];
    for (const one of known) expect(rows.map(([name]) => name).join("\n")).toContain(one);
  });
});
