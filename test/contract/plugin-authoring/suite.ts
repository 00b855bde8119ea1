/** What an author of a plugin does with the program, however it was made: one suite for the bundle and the executables. */
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pluginDeclarations } from "../../../build/declarations.ts";
import { root } from "../../../build/paths.ts";
import { type Program, run, serve } from "../program.ts";

/** @param program is there once the `beforeAll` hooks around it have run. */
export function authoringSuite(program: () => Program): void {
  describe("for an author of plugins", () => {
    let folder: string;

    beforeAll(() => {
      folder = mkdtempSync(join(tmpdir(), "lodger-author-"));
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    const lodger = (...args: string[]) => run(program(), args, { cwd: folder });

    test.each([
      ["ts", []],
      ["js", ["--js"]],
    ])("a new plugin in .%s: its test passes, it is found good, it answers", async (language, options) => {
      const name = `new-${language}`;
      expect(await lodger("plugin", "new", name, ...options)).toMatchObject({ status: 0, errors: "" });
      expect(existsSync(join(folder, name, `index.${language}`))).toBe(true);
      expect(await lodger("plugin", "test", name)).toMatchObject({ status: 0, errors: "", output: expect.stringContaining("pass 3") });
      const good = `all right: ${name} 0.1.0, guest-${name}\n`;
      expect(await lodger("plugin", "check", name)).toMatchObject({ status: 0, errors: "", output: expect.stringContaining(good) });

      const socket = join(folder, `${language}.sock`);
      const state = mkdtempSync(join(folder, "state-"));
      const configuration = join(folder, `${language}.toml`);
      writeFileSync(configuration, `[plugins.${name}.options]\ngreeting = "good morning"\n`);
      const settings = ["--lodger-config", configuration, "--plugin", join(folder, name), "-t", state];
      const agent = serve(program(), socket, ["-m", "unix-listen", "-p", socket, ...settings]);
      try {
        const answer = await agent.ask({ execute: `guest-${name}`, arguments: { name: "you" } });
        expect(answer).toEqual({ return: { text: "good morning you" } });
        const { output } = await lodger("plugin", "list", "--json", ...settings);
        expect(JSON.parse(output)).toMatchObject({
          pid: agent.pid,
          plugins: expect.arrayContaining([expect.objectContaining({ name, state: "running" })]),
        });
      } finally {
        expect(await agent.end()).toMatchObject({ status: 0 });
      }
      const { output } = await lodger("plugin", "list", ...settings);
      expect(output).toContain("No agent runs");
      expect(output).toMatch(new RegExp(`^${name} +0\\.1\\.0 +in-process +not started$`, "m"));
    });

    test("a test that fails, a file that can't be loaded and a folder without tests give status 1", async () => {
      await lodger("plugin", "new", "failing");
      appendFileSync(join(folder, "failing/index.test.ts"), 'test("fails", () => assert.equal(1, 2));\n');
      expect(await lodger("plugin", "test", "failing")).toMatchObject({ status: 1, output: expect.stringMatching(/pass 3[\s\S]*fail 1/) });
      writeFileSync(join(folder, "failing/broken.test.ts"), 'import "./nothing.ts";\n');
      expect(await lodger("plugin", "test", "failing/broken.test.ts")).toMatchObject({
        status: 1,
        output: expect.stringContaining("nothing.ts"),
      });
      const nowhere = mkdtempSync(join(folder, "empty-"));
      expect(await lodger("plugin", "test", nowhere)).toMatchObject({ status: 1, errors: expect.stringContaining("there is no test") });
    });

    test("prints the types that the build ships", async () => {
      const { output, status } = await lodger("plugin", "types");
      expect({ status, output }).toEqual({ status: 0, output: await pluginDeclarations() });
    });

    test("the example systemd-units passes its own tests and is found good", async () => {
      cpSync(join(root, "examples/systemd-units"), join(folder, "systemd-units"), { recursive: true });
      expect(await lodger("plugin", "test", "systemd-units")).toMatchObject({
        status: 0,
        errors: "",
        output: expect.stringMatching(/fail 0$/m),
      });
      const checked = await lodger("plugin", "check", "systemd-units");
      expect(checked).toMatchObject({
        status: 0,
        output: expect.stringContaining("guest-units-list, guest-unit-status, guest-unit-restart"),
      });
      expect(readFileSync(join(folder, "systemd-units/README.md"), "utf8")).toContain("guest-unit-restart");
    });
  });
}
