/** The tables of what Bun and Deno can't do: each row is of a test that is there, and the page tells what they say. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { LIMITS, leftOut, means } from "../runtimes/limit.ts";
import { withSections } from "../runtimes/page.ts";
import { AGENT_TESTS } from "../runtimes/parts.ts";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = join(ROOT, "docs/runtimes.md");

describe("what runtimes can't do", () => {
  test("every file that a table or a list names is there", () => {
    const named = Object.values(LIMITS).flatMap((limits) => limits.flatMap(({ shownBy }) => Object.keys(shownBy)));
    const files = [...named, ...AGENT_TESTS];
    expect(files.filter((file) => !existsSync(join(ROOT, file)))).toEqual([]);
  });

  test("a file that isn't run has no entries besides", () => {
    for (const [runtime, limits] of Object.entries(LIMITS)) {
      const out = leftOut(runtime as keyof typeof LIMITS);
      const entries = limits.flatMap(({ shownBy }) =>
        Object.entries(shownBy).flatMap(([file, tests]) => (tests === "not run" ? [] : [file])),
      );
      expect(entries.filter((file) => out.includes(file))).toEqual([]);
    }
  });

  test("an entry means a test by its whole name, or those that begin as it does", () => {
    expect([means("a > b", "a > b"), means("a > b", "a > bc"), means("a > b*", "a > bc"), means("a > b*", "b")]).toEqual([
      true,
      false,
      true,
      false,
    ]);
  });

  test("the page says what the tables say: 'npm run test:runtimes -- --page' writes it", () => {
    const page = readFileSync(PAGE, "utf8");
    expect(page).toBe(withSections(page));
  });
});
