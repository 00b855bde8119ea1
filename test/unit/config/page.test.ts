/** docs/configuration.md: nothing in it is stale, everything is in it. */
import { describe, expect, it } from "vitest";
import { parseCommandLine } from "../../../core/config/command-line.ts";
import { OPTIONS } from "../../../core/config/options.ts";
import { Problems, problemText } from "../../../core/config/problems.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { checkPolicy } from "../../../core/policy/check-policy.ts";
import { Policy } from "../../../core/policy/policy.ts";
import { builtInPlugins } from "../../../plugins/index.ts";
import { agentExamples, configurationPage, writtenPage } from "./page.ts";
import { read } from "./toml-files.ts";

const page = writtenPage();
const blocks = (language: string) =>
  Array.from(page.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``, "g")), ([, text = ""]) => text);
const recipes = new Map(
  blocks("toml").flatMap((text) =>
    /^# recipe: (.*)/.exec(text)?.[1] === undefined ? [] : [[/^# recipe: (.*)/.exec(text)?.[1] ?? "", text]],
  ),
);
const commands = builtInPlugins.flatMap(declaredCommands);

it("is what the options and commands declare", () => {
  expect(page, "write it anew: node test/unit/config/page.ts").toBe(configurationPage(page));
  for (const { name } of OPTIONS) expect(page).toContain(`\`--${name}`);
});

/** An unknown key's error names those that there are. */
const unknown = `z = 1\n[audit]\nz = 1\n[plugins.p]\nz = 1\n[policy]\nz = 1\n[[policy.limit]]\nz = 1\n[[policy.allow-if]]\nz = 1\narguments.x.z = 1\n`;
const known = read({ "a.toml": unknown }).errors.flatMap((error) => /; there are (.*)/.exec(error)?.[1]?.split(", ") ?? []);

it("has every key", () => {
  expect(known.length).toBeGreaterThan(30);
  for (const key of known) expect(page, key).toMatch(new RegExp(`^\\| \`(\\[\\[policy\\.)?${key}(\\]\\])?\` \\||\\[${key}[.\\]]`, "m"));
});

it("has the defaults of a plugin's table", () => {
  for (const row of [
    "`enabled` | `true`",
    "`isolate` | `false`",
    '`memory-limit` | `"256 MiB"`',
    "`start-timeout` | `10`",
    "`stop-timeout` | `5`",
  ]) {
    expect(page).toContain(`| ${row} |`);
  }
});

describe("examples", () => {
  it.each(blocks("toml").map((text, index) => [index, text] as const))("of TOML say what can be meant: %i", (_index, text) => {
    const { config, errors } = read({ "lodger.toml": text });
    expect(errors).toEqual([]);
    const problems = new Problems();
    checkPolicy(config.policy, commands, problems);
    // The machine that the tests run on may have other programs.
    expect(problems.errors.map(problemText).filter((line) => !line.includes("/usr/bin/"))).toEqual([]);
  });

  it.each(agentExamples)("[agent] %s", (line) => {
    expect(read({ "lodger.toml": `[agent]\n${line}\n` }).errors).toEqual([]);
  });

  const rows = Array.from(page.matchAll(/^\| `[^|]*` \| [^|]* \| `([a-z-]+(?:\.[a-z.-]+)? = [^`]*)`.*\|$/gm), ([, text = ""]) => text);
  it.each(rows)("in a table: %s", (line) => {
    const sections = ["agent", "audit", "plugins.p", "[policy.limit]", "[policy.allow-if]"];
    const alone = sections.some((section) =>
      ["", 'commands = "x"\n', "arguments.a.absent = true\n", 'rate = "1/s"\n', "isolate = true\n"].some(
        (more) => read({ "a.toml": `[${section}]\n${more}${line}\n` }).errors.length === 0,
      ),
    );
    expect(alone).toBe(true);
  });

  const lines = blocks("sh").flatMap((text) => text.split("\n").filter((line) => line.startsWith("lodger")));
  it.each(lines)("of the shell are understood: %s", (line) => {
    const [, ...words] = line.replace(/ +#.*/, "").split(" ");
    const subcommands = [
      ["config", "check"],
      ["policy", "explain"],
      ["freeze", "--dry-run"],
    ];
    const args = subcommands.some((start) => start.every((word, index) => words[index] === word)) ? words.slice(2) : words;
    expect(parseCommandLine("lodger", args).failure).toBeUndefined();
    if (args === words) expect(parseCommandLine("lodger", args).rest).toEqual([]);
  });
});

describe("a recipe", () => {
  const allowed = (recipe: string) => {
    const { config } = read({ "lodger.toml": recipes.get(recipe) ?? expect.unreachable(recipe) });
    const blocked = config.options.get("block-rpcs");
    const blockOnly = blocked && "items" in blocked ? blocked.items.map(({ value, origin }) => ({ pattern: value, origin })) : [];
    const policy = new Policy({ ...config.policy, blockOnly });
    return commands.filter((command) => policy.decide(command).allowed).map(({ name }) => name);
  };
  const exec = ["guest-exec", "guest-exec-status"];
  const freeze = ["guest-fsfreeze-freeze", "guest-fsfreeze-thaw"];

  it.each([
    ["backup only", [...freeze, "guest-get-fsinfo"], [...exec, "guest-file-open", "guest-shutdown", "guest-set-user-password"]],
    ["no exec", [...freeze, "guest-shutdown", "guest-fstrim"], [...exec, "guest-file-open", "guest-ssh-add-authorized-keys"]],
    ["no exec by blocks", [...freeze, "guest-shutdown"], [...exec, "guest-file-write", "guest-set-user-password"]],
    ["exec of two programs", [...exec, "guest-ping"], ["guest-file-open", "guest-shutdown"]],
    ["files of one folder, read-only", ["guest-file-open", "guest-file-read", "guest-file-close"], ["guest-file-write", ...exec]],
    ["the block list of a distribution", ["guest-shutdown", ...freeze], [...exec, "guest-file-open", "guest-file-flush"]],
    ["a drop-in", [...exec, "guest-file-open"], []],
  ])("%s", (recipe, yes, no) => {
    const names = allowed(recipe);
    for (const name of yes) expect(names).toContain(name);
    for (const name of no) expect(names).not.toContain(name);
  });

  it("is tested, each of them", () => expect(recipes.size).toBe(7));
});
