/**
 * The Nodes of macOS' executables are other releases than the rest have. Here their Linux builds are packed in the same way, with the same
 * flags, one after the other as `--all` does it, and run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { cache } from "../../build/paths.ts";
import { hostTarget, type NodeTarget, targets } from "../../build/targets.ts";
import { type Program, run, serve } from "./program.ts";

const host = hostTarget();
const patience = { patienceMs: 60_000 };

describe.skipIf(host?.name !== "linux-x64")("packed with the Node of", { timeout: 120_000 }, () => {
  const darwin = targets.filter((target): target is NodeTarget => target.host.platform === "darwin" && target.kind === "node");
  const programs = new Map<string, Program>();
  let folder: string;

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    const { file } = await bundle({ outfile: join(folder, "lodger.cjs") });
    for (const { name, maker } of darwin) {
      const target = { ...(host as NodeTarget), name: `as-${name}`, runtime: maker, maker };
      programs.set(name, [await executable(target, file, join(folder, `lodger-${name}`))]);
    }
  }, 300_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test.for(darwin.map(({ name, maker }) => ({ name, maker })))(
    "$name: starts, is whole, runs plugins from their TypeScript",
    async ({ name, maker }) => {
      const program = programs.get(name) ?? [""];
      const release = maker.package.replace(/.*-(\d+)\.(\d+)$/, "$1.$2.");
      expect(await run(program, ["--version"], patience)).toMatchObject({
        status: 0,
        errors: "",
        output: expect.stringContaining(`Node ${release}`),
      });
      expect(await run(program, ["self-check"], patience)).toMatchObject({ status: 0, output: expect.stringMatching(/^whole: \d\d/) });
      expect(await run(program, ["plugin", "new", name], { ...patience, cwd: folder })).toMatchObject({ status: 0, errors: "" });
      const configuration = join(folder, `${name}.toml`);
      for (const isolate of [false, true]) {
        writeFileSync(configuration, `[plugins.${name}]\nisolate = ${isolate}\n`);
        const socket = join(folder, "s");
        const channel = ["-m", "unix-listen", "-p", socket, "-t", folder];
        const agent = serve(program, socket, ["--lodger-config", configuration, "--plugin", join(folder, name), ...channel], patience);
        expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
        expect(await agent.ask({ execute: `guest-${name}`, arguments: { name: "you" } })).toEqual({ return: { text: "hello you" } });
        expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
      }
    },
  );
});
