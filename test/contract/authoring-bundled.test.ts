/** `npm run build -- --plugin`: plugins that are part of the bundle, and those that the build refuses. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { run, serve } from "./program.ts";

/** With what only a compiler takes away (an enum), a package beside it, and a file of its own. */
const PAINT = {
  "paint/index.ts": `import { command, definePlugin, Type } from "lodger/plugin";
    import brackets from "brackets-example";
    import { Colour } from "./colour.ts";
    export default definePlugin({
      name: "paint", version: "3.2.1",
      options: Type.Object({ colour: Type.Optional(Type.String({ default: Colour.Red })) }),
      commands: (_needs, host) => [command({
        name: "guest-paint", since: "1", summary: "Paints.",
        arguments: Type.Object({ layers: Type.Int64() }), returns: Type.Object({ text: Type.String() }),
        run: ({ layers }) => ({ text: brackets(host.options.colour + " " + layers) }),
      })],
    });`,
  "paint/colour.ts": 'export enum Colour { Red = "red" }',
  "paint/node_modules/brackets-example/package.json": '{"name": "brackets-example", "main": "index.js"}',
  "paint/node_modules/brackets-example/index.js": 'module.exports = (text) => "<" + text + ">";',
};
const PLAIN = {
  "plain.cjs": `const { definePlugin } = require("lodger/plugin");
    module.exports = definePlugin({ name: "plain", commands: () => [{ name: "guest-plain", since: "1", summary: "Plain.", run: () => {} }] });`,
};

describe("a build with plugins", () => {
  let folder: string;

  beforeAll(() => {
    // Inside of the project, because koffi comes from its node_modules.
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    write({ ...PAINT, ...PLAIN });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function write(files: Readonly<Record<string, string>>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  }

  const build = (name: string, ...plugins: string[]) =>
    bundle({ outfile: join(folder, `${name}.cjs`), plugins: plugins.map((plugin) => join(folder, plugin)) });

  test("has them inside, with their packages and validators, and needs their files no more", async () => {
    const { file, plugins } = await build("lodger", "paint", "plain.cjs");
    expect(plugins.map(({ definition }) => [definition.name, definition.version])).toEqual([
      ["paint", "3.2.1"],
      ["plain", undefined],
    ]);
    rmSync(join(folder, "paint"), { recursive: true });
    rmSync(join(folder, "plain.cjs"));
    write({ "lodger.toml": '[plugins.paint.options]\ncolour = "blue"\n', "off.toml": "[plugins.plain]\nenabled = false\n" });
    const program = [process.execPath, "--disable-warning=ExperimentalWarning", file] as const;
    const socket = join(folder, "s");
    const nowhere = ["--plugins", join(folder, "none"), "--scripts", join(folder, "none"), "-t", folder];
    const agent = serve(program, socket, ["-m", "unix-listen", "-p", socket, "--lodger-config", join(folder, "lodger.toml"), ...nowhere]);
    try {
      expect(await agent.ask({ execute: "guest-paint", arguments: { layers: 2 } })).toEqual({ return: { text: "<blue 2>" } });
      expect(await agent.ask({ execute: "guest-paint", arguments: { layers: "2" } })).toMatchObject({
        error: { desc: "Invalid parameter type for 'layers', expected: integer" },
      });
      expect(await agent.ask({ execute: "guest-plain" })).toEqual({ return: {} });
    } finally {
      expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
    }
    const listed = await run(program, ["plugin", "list", "--lodger-config", join(folder, "off.toml"), ...nowhere]);
    expect(listed.output).toMatch(/^paint +3\.2\.1 +bundled +not started$/m);
    expect(listed.output).toMatch(/^plain +- +bundled +off$/m);
  });

  test("is refused with all that is wrong with them", async () => {
    write({
      "wrong/index.mjs": `export default { name: "other", sumary: "x", commands: () => [
        { name: "guest-ping", since: "1", summary: "s", run() {} }, { name: "Bad", since: "1", summary: "s" }] };`,
      "twice.mjs": 'export default { name: "twice", start() {} };',
      "deep/twice.mjs": 'export default { name: "twice", start() {} };',
    });
    const error = await build("refused", "wrong", "twice.mjs", "deep/twice.mjs").then(
      () => "",
      (problem: Error) => `${problem.name}: ${problem.message}`,
    );
    expect(error).toMatch(/^BuildFailure: /);
    for (const text of [
      "'other'",
      "is 'summary' meant?",
      "guest-ping is there already, in the plugin 'agent'",
      "'Bad' is no",
      "lacks 'run'",
      "there is a plugin 'twice' in",
    ]) {
      expect(error).toContain(text);
    }
  });

  test.each([
    ["a missing one", "nothing", {}, "there is no such file or folder"],
    ["a package that isn't installed", "lacking.mjs", { "lacking.mjs": 'import "not-there";' }, 'Could not resolve "not-there"'],
    ["one that throws", "throwing.mjs", { "throwing.mjs": 'throw new Error("no licence"); export default 1;' }, "no licence"],
    ["one without a plugin", "empty.mjs", { "empty.mjs": "export default 7;" }, "its default export is a number"],
    ["a type that isn't there", "typo.ts", { "typo.ts": 'import { Typo } from "lodger/plugin"; export default Typo;' }, '"Typo"'],
  ])("refuses %s", async (_, path, files, text) => {
    write(files);
    await expect(build("refused", path)).rejects.toThrow(
      expect.objectContaining({ name: "BuildFailure", message: expect.stringContaining(text) }),
    );
  });
});
