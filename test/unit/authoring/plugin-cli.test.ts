import "reflect-metadata";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { pluginTable } from "../../../core/cli/plugin/plugin-table.ts";
import { pluginCommand } from "../../../core/cli/plugin.ts";
import { systemContainer } from "../../../core/container.ts";
import type { PluginSource, PluginStatus } from "../../../core/extension/source.ts";
import { builtInPlugins } from "../../../plugins/index.ts";

let folder: string;
let printed: string;

// Making the types takes a compiler a second or two.
beforeAll(() => import("../../../core/cli/plugin/types.ts"), 60_000);
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lodger-plugin-cli-"));
  printed = "";
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function lodger(args: readonly string[], bundled: readonly PluginSource[] = []): Promise<number> {
  const agent = { container: systemContainer(), plugins: builtInPlugins, bundled, transports: [], generated: {} };
  const noFile = () => {
    throw Object.assign(new Error("no such file"), { code: "ENOENT" });
  };
  const surroundings = { program: "lodger", environment: {}, defaultPaths: new Map([["virtio-serial", "/port"]]), readFile: noFile };
  const write = (text: string) => {
    printed += text;
  };
  return pluginCommand({ ...surroundings, args, agent, write });
}

function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** @returns the options that make the agent look nowhere but in the test's folder. */
function places(configuration = ""): string[] {
  write({ "lodger.toml": configuration });
  mkdirSync(join(folder, "installed"), { recursive: true });
  const options = { "lodger-config": "lodger.toml", plugins: "installed", scripts: "scripts", statedir: "." };
  return Object.entries(options).map(([name, path]) => `--${name}=${join(folder, path)}`);
}

const plugin = (name: string, rest = "") =>
  `export default { name: "${name}", version: "1.0", commands: () => [{ name: "guest-${name}", since: "1", summary: "S.", run() {} }], ${rest} };`;

describe("lodger plugin", () => {
  test("says what there is", async () => {
    expect(await lodger(["--help"])).toBe(0);
    expect(printed).toMatch(/^Usage: lodger plugin new NAME/);
    expect(printed.split("\n").every((line) => line.length <= 100)).toBe(true);
    expect(await lodger([])).toBe(1);
    await expect(lodger(["nwe"])).rejects.toThrow("lodger plugin knows no 'nwe', but check, list, new, test, types");
  });
});

describe("lodger plugin new", () => {
  test("writes a plugin and says what comes next", async () => {
    expect(await lodger(["new", "disk-report", `--dir=${folder}`])).toBe(0);
    const expected = ["README.md", "index.test.ts", "index.ts", "lodger-plugin.d.ts", "package.json", "tsconfig.json"];
    expect(readdirSync(join(folder, "disk-report")).sort()).toEqual(expected);
    expect(printed).toContain(`lodger plugin test ${folder}/disk-report`);
    expect(await lodger(["new", "plain", "--js", "--dir", folder])).toBe(0);
    expect(readdirSync(join(folder, "plain"))).toContain("index.js");
  });

  test.each([
    ["Disk", "'Disk' is no plugin's name"],
    ["../x", "'../x' is no plugin's name"],
    ["a--b", "'a--b' is no plugin's name"],
    ["a".repeat(60), "is too long"],
    ["ping", "lodger itself has the command guest-ping"],
    ["guest-ping", "lodger itself has the command guest-ping"],
    ["exec", "lodger itself has a plugin 'exec'"],
    ["there", "there is there already: choose another name"],
  ])("refuses the name %s, and writes nothing", async (name, text) => {
    mkdirSync(join(folder, "there"));
    await expect(lodger(["new", name, `--dir=${folder}`])).rejects.toThrow(text);
    expect(readdirSync(folder)).toEqual(["there"]);
    expect(readdirSync(join(folder, "there"))).toEqual([]);
  });

  test("needs one name, and a folder that is there", async () => {
    await expect(lodger(["new"])).rejects.toThrow("needs one NAME");
    await expect(lodger(["new", "a", "b"])).rejects.toThrow("needs one NAME");
    await expect(lodger(["new", "a", "--typo"])).rejects.toThrow("Unknown option '--typo'");
    await expect(lodger(["new", "a", `--dir=${folder}/none`])).rejects.toThrow("say with --dir=DIR where it shall be");
  });
});

describe("lodger plugin check", () => {
  async function check(paths: readonly string[], configuration?: string): Promise<{ status: number; lines: string[] }> {
    const status = await lodger(["check", ...places(configuration), ...paths.map((path) => join(folder, path))]);
    return { status, lines: printed.replaceAll(`${folder}/`, "").split("\n").slice(0, -1) };
  }

  test("finds a good one good, whatever it needs", async () => {
    write({
      "good.mjs": plugin("good"),
      "needy.ts": plugin("needy", 'needs: { it: { name: "weather", key: Symbol.for("lodger:weather") } }'),
    });
    expect(await check(["good.mjs", "needy.ts"])).toEqual({
      status: 0,
      lines: [
        "good.mjs: all right: good 1.0, guest-good",
        "needy.ts: warning: it needs 'weather', which nothing in the agent provides: the plugin that does has to be installed, too",
        "needy.ts: all right: needy 1.0, guest-needy",
      ],
    });
  });

  test("tells all that is wrong at once: trust, name, definition, commands, options", async () => {
    write({
      "Bad_name/index.mjs":
        'import "./part.mjs"; export default { name: "other", sumary: "", commands: () => [{ name: "guest-ping", since: "1", summary: "S.", arguments: { type: "strnig" }, run: 1 }] };',
      "Bad_name/part.mjs": "",
      "opted.mjs": plugin(
        "opted",
        'options: { type: "object", additionalProperties: false, properties: { units: { type: "array", items: { type: "string" } } } }',
      ),
    });
    chmodSync(join(folder, "Bad_name/part.mjs"), 0o666);
    const { status, lines } = await check(["Bad_name", "opted.mjs"], '[plugins.opted.options]\nunits = ["a", 2]\nunit = 1\n');
    expect(status).toBe(1);
    for (const text of [
      "Bad_name: 'Bad_name' is no plugin's name",
      "Bad_name/part.mjs: others than its owner may write to it: 'chmod go-w Bad_name/part.mjs'",
      "the plugin calls itself 'other' and its file 'Bad_name'",
      "unknown member 'sumary': is 'summary' meant?",
      "guest-ping is there already, in the plugin 'agent'",
      "'run' of the command guest-ping has to be a function",
      "lodger.toml:2: 'units.1' of [plugins.opted.options] has to be string",
      "lodger.toml:3: 'unit' is unknown in [plugins.opted.options]; is 'units' meant?",
    ]) {
      expect(
        lines.some((line) => line.includes(text)),
        `${text}\nin\n${lines.join("\n")}`,
      ).toBe(true);
    }
    expect(lines.some((line) => line.includes("all right"))).toBe(false);
  });

  test("two with the same command clash", async () => {
    write({ "one.mjs": plugin("one"), "two.mjs": plugin("two").replace("guest-two", "guest-one") });
    const { status, lines } = await check(["one.mjs", "two.mjs"]);
    expect(status).toBe(1);
    expect(lines).toContain("two.mjs: the command guest-one is there already, in the plugin 'one': give this one another name");
  });

  test.each([
    ["nothing.mjs", "", "there is no such file or folder"],
    ["empty", undefined, "it has no index.ts"],
    ["text.py", "print()", "its name has to end in"],
    ["broken.mjs", "export default {", "broken.mjs:"],
    ["enum.ts", 'enum A { B } export default { name: "enum" }', "enum.ts:1: "],
    ["throwing.mjs", 'throw new Error("no licence");', "no licence"],
    ["lacking.mjs", 'import "not-there";', "install it beside the plugin"],
    ["none.mjs", "export const a = 1;", "this exports no plugin"],
    ["exec.mjs", plugin("exec"), "lodger itself has a plugin 'exec'"],
  ])("%s is refused with the reason", async (path, text, reason) => {
    if (text === undefined) mkdirSync(join(folder, path));
    else if (text !== "") write({ [path]: text });
    const { status, lines } = await check([path]);
    expect(status).toBe(1);
    expect(lines.join("\n")).toContain(reason);
  });

  test.runIf(process.getuid?.() === 0)("another user's file is refused", async () => {
    write({ "theirs.mjs": plugin("theirs") });
    chownSync(join(folder, "theirs.mjs"), 65534, 65534);
    expect(await check(["theirs.mjs"])).toEqual({
      status: 1,
      lines: [expect.stringContaining("this belongs to user 65534, who could change it: 'chown root theirs.mjs'")],
    });
  });

  test("checks manifests of scripts, and without a path all that is installed", async () => {
    write({ "installed/good.mjs": plugin("good"), "installed/README.md": "", "scripts/guest-odd.toml": "colour = 1\n" });
    const { status, lines } = await check([]);
    expect(status).toBe(1);
    expect(lines).toContain("installed/good.mjs: all right: good 1.0, guest-good");
    expect(lines.some((line) => line.startsWith("scripts/guest-odd.toml:"))).toBe(true);
    expect(lines.some((line) => line.includes("README"))).toBe(false);
  });

  test("doesn't start it", async () => {
    write({ "bomb.mjs": plugin("bomb", "start() { process.exit(9); }, stop() { process.exit(9); }") });
    expect(await check(["bomb.mjs"])).toMatchObject({ status: 0 });
  });

  test("shows nothing that a terminal would obey", async () => {
    write({ "odd.mjs": plugin("odd", '"\\u001b[2J": 1') });
    const { lines } = await check(["odd.mjs"]);
    expect(lines.join("")).toContain("\\u001B[2J");
    expect(printed).not.toContain("\u001b");
  });
});

describe("lodger plugin list", () => {
  const running: PluginStatus = {
    name: "here",
    version: "1.0",
    kind: "in-process",
    file: "/x/here.mjs",
    commands: ["guest-here"],
    state: "running",
    reason: undefined,
  };

  test("tells what the agent says that runs", async () => {
    write({
      "lodger-plugins.json": JSON.stringify({
        pid: process.pid,
        plugins: [
          running,
          { ...running, name: "gone", state: "failed", reason: "it threw" },
          { ...running, name: "own", kind: "built-in" },
        ],
      }),
    });
    expect(await lodger(["list", ...places()])).toBe(0);
    expect(printed).toContain(`The agent has process id ${process.pid}.`);
    expect(printed).toMatch(
      /^here +1\.0 +in-process +running\n {2}from {6}\/x\/here\.mjs\n {2}commands {2}guest-here\ngone +1\.0 +in-process +failed\n/m,
    );
    expect(printed).toContain("  reason    it threw\n");
    expect(printed).toMatch(/^1 plugins with 1 commands are part of lodger: --all lists them\.$/m);
    printed = "";
    await lodger(["list", "--json", ...places()]);
    expect(JSON.parse(printed)).toMatchObject({
      pid: process.pid,
      plugins: expect.arrayContaining([expect.objectContaining({ name: "own", kind: "built-in" })]),
    });
  });

  test.each([
    ["there is no list", undefined],
    ["it has ended", JSON.stringify({ pid: 2 ** 22 + 1, plugins: [running] })],
    ["the list is half written", '{"pid": 1, "plu'],
  ])("tells what one would load where %s", async (_, list) => {
    if (list !== undefined) write({ "lodger-plugins.json": list });
    write({ "installed/good.mjs": plugin("good"), "installed/bad.mjs": plugin("worse"), "installed/off.mjs": plugin("off") });
    await lodger(["list", ...places("[plugins.off]\nenabled = false\n")]);
    expect(printed).toContain("No agent runs");
    expect(printed).toMatch(/^good +1\.0 +in-process +not started$/m);
    expect(printed).toMatch(/^off +- +in-process +off$/m);
    expect(printed).toContain("the plugin calls itself 'worse' and its file 'bad'");
    expect(printed).not.toContain("here");
    expect(printed).toMatch(new RegExp(`^${builtInPlugins.length} plugins with \\d\\d commands are part of lodger`, "m"));
  });

  test("refuses a configuration that can't be used, and what it doesn't know", async () => {
    await expect(lodger(["list", ...places("[plugin]\n")])).rejects.toThrow("lodger.toml:1");
    await expect(lodger(["list", "odd", ...places()])).rejects.toThrow("takes no 'odd'");
  });

  test("a table can't command a terminal", () => {
    const table = pluginTable({ pid: 1, plugins: [{ ...running, reason: "\u001b[2J\nx" }] }, { all: true });
    expect(table).toContain("reason    \\u001B[2J\\nx");
  });
});
