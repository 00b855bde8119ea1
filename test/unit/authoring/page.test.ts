/** The reader of documentation that test/contract/plugin-docs.test.ts goes by: it has to find every example, and to see a difference. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { pluginDeclarations } from "../../../build/declarations.ts";
import { root } from "../../../build/paths.ts";
import * as api from "../../../core/plugin.ts";
import { isPrinted, stepsOf } from "../../contract/plugin-authoring/page.ts";

describe("a page of documentation", () => {
  test("has files, and commands with what they print", () => {
    const page = "Text\n```ts file=a/b.ts\ncode\n```\nmore\n```console\n$ one\nprinted\n\n$ two\n```\n";
    expect(stepsOf(page)).toEqual([
      { kind: "file", path: "a/b.ts", text: "code\n", line: 2 },
      { kind: "command", command: "one", printed: ["printed", ""], line: 7 },
      { kind: "command", command: "two", printed: [], line: 10 },
    ]);
  });

  test("may have no example that isn't run", () => {
    expect(() => stepsOf("```ts\ncode\n```")).toThrow("line 1: an example that nothing runs");
  });

  test.each([
    [["a … c"], "a b c\n", true],
    [["a … c"], "a b\nc\n", false],
    [["a", "…", "z"], "a\nb\nc\nz\n", true],
    [["a", "…"], "a\n", true],
    [["a"], "a\nb\n", false],
    [["a", "b"], "a\n", false],
    [["(.*)"], "anything\n", false],
    [["a"], "", false],
  ])("%j is printed by %j: %j", (expected, printed, is) => {
    expect(isPrinted(expected, printed)).toBe(is);
  });
});

describe("docs/plugins.md", () => {
  const page = readFileSync(join(root, "docs/plugins.md"), "utf8");
  /** What stands as code, alone or with what belongs to it: `name`, `name(…)`, `Type.Name(…)`. */
  const named = new Set(Array.from(page.matchAll(/`(?:Type\.)?([A-Za-z_]\w*)(?:[(<][^`]*)?`/g), ([, name]) => name));

  let types: string;
  beforeAll(async () => {
    types = await pluginDeclarations();
  }, 60_000);

  test.each(["PluginDefinition", "PluginHost", "CommandDefinition", "CommandContext"])("names every member of %s", (name) => {
    const [, body = ""] = new RegExp(`^  export interface ${name}\\b[^\\n]*\\{\\n([\\s\\S]*?)^  \\}`, "m").exec(types) ?? [];
    const members = Array.from(body.matchAll(/^ {6}(?:readonly )?(\w+)[?(:]/gm), ([, member]) => member);
    expect(members.length).toBeGreaterThan(3);
    expect(members.filter((member) => !named.has(member))).toEqual([]);
  });

  test("names every type, token and function", () => {
    const known = new Set(["command", "definePlugin", "CommandError", "Token", "OsError", "Type"]);
    const missing = [...Object.keys(api), ...Object.keys(api.Type)].filter((name) => !named.has(name) && !known.has(name));
    expect(missing).toEqual([]);
  });
});
