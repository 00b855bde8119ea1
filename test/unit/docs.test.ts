import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { declaredCommands } from "../../core/declared-commands.ts";
import { builtInPlugins } from "../../plugins/index.ts";
import { commandsPage, writtenCommandsPage } from "../commands-page.ts";
import { differencesPage, writtenPage } from "../differential/page.ts";
import { hostilePage, writtenHostilePage } from "../hostile-page.ts";
import { INTERFACE, INTERFACE_OF_WINDOWS } from "../interface.ts";

const root = join(import.meta.dirname, "../..");

describe("documentation", () => {
  test("the page of differences is the test's list", () => {
    expect(writtenPage(), "write it anew: node test/differential/page.ts").toBe(differencesPage());
  });

  test("the page of commands is what they declare", () => {
    expect(writtenCommandsPage(), "write it anew: node test/commands-page.ts").toBe(commandsPage());
  });

  test("the page of what is hostile is the tests' tables", () => {
    expect(writtenHostilePage(), "write it anew: node test/hostile-page.ts").toBe(hostilePage());
  });

  test("every command of the interface is there, and says how it compares with qemu-ga's", () => {
    const commands = builtInPlugins.flatMap((plugin) => declaredCommands(plugin));
    const standard = commands.filter(({ parity }) => parity !== undefined).map(({ name }) => name);
    expect(standard.toSorted()).toEqual([...INTERFACE, ...INTERFACE_OF_WINDOWS].toSorted());
  });

  test.each(INTERFACE)("%s is compared with qemu-ga and tried in a guest", (name) => {
    const [row = ""] = commandsPage()
      .split("\n")
      .filter((line) => line.startsWith(`| [${name}]`));
    expect(row).toContain("differential");
    expect(row).toContain("guest |");
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
