import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { differencesPage, writtenPage } from "../differential/page.ts";

const root = join(import.meta.dirname, "../..");

describe("documentation", () => {
  test("the page of differences is the test's list", () => {
    expect(writtenPage(), "write it anew: node test/differential/page.ts").toBe(differencesPage());
  });

  const pages = [
    "README.md",
    "CONTRIBUTING.md",
    ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).map((name) => join("docs", name)),
  ];
  test.each(pages.filter((page) => page.endsWith(".md")))("links of %s lead somewhere", (page) => {
    const links = Array.from(readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)#:]+)[^)]*\)/g), ([, link = ""]) => link);
    for (const link of links) expect(existsSync(join(root, dirname(page), link)), link).toBe(true);
  });
});
