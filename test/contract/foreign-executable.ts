/** What an executable that is run by an emulator, or on another C library, has to do: everything that takes native calls, once. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { type Program, type Running, run, serve } from "./program.ts";

export interface Foreign {
  readonly program: Program;
  readonly environment: Readonly<Record<string, string>>;
  /** What --version says of it. */
  readonly version: RegExp;
  /** As `uname -m` says it there. */
  readonly machine: string;
}

/** An emulated start takes seconds where the machine has other work. */
const PATIENCE_MS = 60_000;

/** @param foreign is there once the suite's own `beforeAll` hooks have run. */
export function foreignExecutable(foreign: () => Foreign): void {
  async function withAgent(work: (call: (name: string, args?: object) => Promise<unknown>, folder: string) => Promise<void>) {
    const { program, environment } = foreign();
    const folder = mkdtempSync(join(tmpdir(), "lodger-foreign-"));
    const socket = join(folder, "s");
    const agent: Running = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", folder], {
      environment,
      patienceMs: PATIENCE_MS,
    });
    try {
      await work(async (name, args = {}) => {
        const answer = (await agent.ask({ execute: name, arguments: args })) as { return?: unknown };
        expect(answer, name).toHaveProperty("return");
        return answer.return;
      }, folder);
    } finally {
      const { status, errors } = await agent.end();
      rmSync(folder, { recursive: true, force: true });
      expect({ status, errors }).toEqual({ status: 0, errors: "" });
    }
  }

  test("says what it is, and is whole", async () => {
    const { program, environment, version } = foreign();
    const answer = (argument: string) => run(program, [argument], { environment, patienceMs: PATIENCE_MS });
    expect(await answer("--version")).toMatchObject({ status: 0, errors: "", output: expect.stringMatching(version) });
    expect(await answer("self-check")).toMatchObject({ status: 0, output: expect.stringMatching(/^whole: \d\d/) });
  });

  test("sync, info, system, network and mounts", async () => {
    await withAgent(async (call) => {
      expect(await call("guest-sync", { id: 16 })).toBe(16);
      expect(await call("guest-info")).toHaveProperty("supported_commands");
      expect(await call("guest-get-osinfo")).toMatchObject({ machine: foreign().machine });
      expect(await call("guest-network-get-interfaces")).toContainEqual(expect.objectContaining({ name: "lo" }));
      expect(await call("guest-get-fsinfo")).toContainEqual(expect.objectContaining({ mountpoint: "/" }));
      expect(Number(await call("guest-get-time"))).toBeGreaterThan(1.7e18);
    });
  });

  test("a file is written and read again", async () => {
    await withAgent(async (call, folder) => {
      const path = join(folder, "file");
      const text = "Bytes \u0000 stay bytes\n";
      const write = await call("guest-file-open", { path, mode: "w" });
      expect(await call("guest-file-write", { handle: write, "buf-b64": Buffer.from(text).toString("base64") })).toMatchObject({
        count: text.length,
      });
      await call("guest-file-close", { handle: write });
      expect(readFileSync(path, "utf8")).toBe(text);
      const read = await call("guest-file-open", { path });
      expect(await call("guest-file-seek", { handle: read, offset: 6, whence: 0 })).toEqual({ position: 6, eof: false });
      const { "buf-b64": rest } = (await call("guest-file-read", { handle: read })) as { "buf-b64": string };
      expect(Buffer.from(rest, "base64").toString()).toBe(text.slice(6));
      await call("guest-file-close", { handle: read });
    });
  });

  test("a program gets its input, and its output and status come back", async () => {
    await withAgent(async (call) => {
      const arg = ["-c", "cat; echo to standard error >&2; exit 3"];
      const input = Buffer.from("for cat\n").toString("base64");
      const options = { path: "/bin/sh", arg, "input-data": input, "capture-output": true };
      const { pid } = (await call("guest-exec", options)) as { pid: number };
      let status: { exited?: boolean } = {};
      for (let attempt = 0; attempt < 1000 && status.exited !== true; attempt += 1) {
        await pause(20);
        status = (await call("guest-exec-status", { pid })) as typeof status;
      }
      expect(status).toMatchObject({
        exited: true,
        exitcode: 3,
        "out-data": input,
        "err-data": Buffer.from("to standard error\n").toString("base64"),
      });
    });
  });
}
