/** What a program that is whole does, however it was made: one suite for the bundle and the executables. */
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { badStarts, files } from "./bad-starts.ts";
import { type Program, run, serve } from "./program.ts";
import { makeTlsFiles } from "./tls-files.ts";

/** @param program is there once the suite's own `beforeAll` hooks have run. */
export function programSuite(program: () => Program): void {
  let folder: string;
  let occupant: Server;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "lodger-program-"));
    for (const name of ["state", "folder", "tls"]) mkdirSync(join(folder, name));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    makeTlsFiles(join(folder, "tls"));
    occupant = createServer().listen(join(folder, "occupied"));
    await once(occupant, "listening");
  });

  afterAll(() => {
    occupant?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test("-D prints the configuration, and nothing on standard error, with an empty environment", async () => {
    const { status, output, errors } = await run(program(), ["-D"]);
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    expect(output).toMatch(/^\[general\]\n/);
    expect(output).toContain("\nmethod=virtio-serial\n");
  });

  test("--version and --help answer", async () => {
    expect(await run(program(), ["--version"])).toMatchObject({ status: 0, errors: "", output: expect.stringMatching(/^lodger \d/) });
    expect(await run(program(), ["--help"])).toMatchObject({ status: 0, errors: "", output: expect.stringContaining("--method") });
  });

  test("the whole container resolves, and the validators were made by the build", async () => {
    const { status, output, errors } = await run(program(), ["self-check"]);
    expect({ status, errors }).toEqual({ status: 0, errors: "" });
    const [, commands, validators] = /^whole: (\d+) commands, (\d+) generated validators/.exec(output) ?? [];
    expect(Number(commands)).toBeGreaterThanOrEqual(18);
    expect(Number(validators)).toBeGreaterThanOrEqual(9);
  });

  test("answers on a unix socket, makes native calls, and ends with status 0 within a second of SIGTERM", async () => {
    const state = mkdtempSync(join(folder, "run-"));
    const socket = join(state, "s");
    const agent = serve(program(), socket, ["-m", "unix-listen", "-p", socket, "-t", state]);
    try {
      expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
      expect(await agent.ask({ execute: "guest-sync", arguments: { id: 7 } })).toEqual({ return: 7 });
      const { return: info } = (await agent.ask({ execute: "guest-info" })) as { return: { supported_commands: { name: string }[] } };
      expect(info.supported_commands.map(({ name }) => name)).toContain("guest-fsfreeze-freeze");
      const { return: interfaces } = (await agent.ask({ execute: "guest-network-get-interfaces" })) as { return: { name: string }[] };
      expect(interfaces.map(({ name }) => name)).toContain("lo");
      expect(await agent.ask({ execute: "guest-file-read", arguments: { handle: "x" } })).toMatchObject({
        error: { class: "GenericError" },
      });
    } finally {
      const { status, afterMs, errors, output } = await agent.end();
      expect({ status, output, errors }).toEqual({ status: 0, output: "", errors: "" });
      expect(afterMs).toBeLessThan(1000);
    }
    expect(readdirSync(state)).toEqual(["qga.state"]);
  });

  test("asks an agent, prints its statistics and looks the machine over", async () => {
    const state = mkdtempSync(join(folder, "asked-"));
    const socket = join(state, "s");
    const channel = ["-m", "unix-listen", "-p", socket, "-t", state];
    const agent = serve(program(), socket, channel);
    try {
      await agent.ask({ execute: "guest-ping" }); // waits for its start
      expect(await run(program(), ["call", socket, "guest-sync", '{"id": 7}'])).toMatchObject({ status: 0, errors: "", output: "7\n" });
      const stats = await run(program(), ["stats", socket, "--prometheus"]);
      expect(stats).toMatchObject({
        status: 0,
        errors: "",
        output: expect.stringMatching(/^lodger_connections\{transport="unix-listen"\} [12]$/m),
      });
      const { output } = await run(program(), ["doctor", "--json", ...channel]);
      const { checks } = JSON.parse(output) as { checks: { name: string; findings: { status: string }[] }[] };
      expect(checks.find(({ name }) => name === "agent")?.findings).toEqual([expect.objectContaining({ status: "ok" })]);
    } finally {
      expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
    }
  });

  describe("what prevents the start: one clear line, status 1, nothing left behind", () => {
    test.for(badStarts)("$what", async ({ args, says }) => {
      rmSync(join(folder, "state/qga.state"), { force: true });
      const before = contents(folder);
      const { status, output, errors } = await run(program(), args, { cwd: folder });
      expect(errors).toMatch(says);
      expect(errors).toMatch(/^lodger: [^\n]+\n$/);
      expect(errors).not.toMatch(/^\s+at |Error: |\[object/m);
      expect(status).toBe(1);
      // Callers of qemu-ga look for this one on standard output.
      expect(output).toMatch(/^(Unknown option, try '.* --help' for more information\.\n)?$/);
      expect(contents(folder)).toEqual(before);
    });
  });
}

function contents(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
}
