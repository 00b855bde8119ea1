/**
 * The bundle as macOS would run it, on Linux: it loads macOS' ports, of which what only libSystem has is played (darwin/as-macos.cjs). No
 * Mac was near: this shows that the ports fit the agent and each other, not that libSystem is as it is taken to be.
 */
import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { cache } from "../../build/paths.ts";
import { type Program, type Running, run, serve } from "./program.ts";

const PRELOADED = join(import.meta.dirname, "darwin/as-macos.cjs");

// biome-ignore lint/suspicious/noExplicitAny: every command answers something else; the test says what.
type Answer = { readonly return?: any; readonly error?: { readonly class: string; readonly desc: string } };

describe.skipIf(process.platform !== "linux")("the bundle with the ports of macOS", () => {
  let folder: string;
  let program: Program;
  let agent: Running;

  beforeAll(async () => {
    // Inside of the project, because koffi comes from its node_modules.
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    await bundle({ outfile: join(folder, "lodger.cjs") });
    program = [process.execPath, "--require", PRELOADED, join(folder, "lodger.cjs")];
    const socket = join(folder, "s");
    agent = serve(program, socket, ["-m", "unix-listen", "-p", socket, "-t", folder, "-v"], { environment: { TZ: "Asia/Kolkata" } });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const ask = async (execute: string, args?: object) => (await agent.ask({ execute, ...(args && { arguments: args }) })) as Answer;
  const base64 = (text: string) => Buffer.from(text).toString("base64");

  async function exec(path: string, arg: readonly string[], capture: string | boolean = true) {
    const started = await ask("guest-exec", { path, arg, "capture-output": capture, "input-data": base64("input") });
    if (started.error) return started.error.desc;
    for (;;) {
      const { return: status } = await ask("guest-exec-status", { pid: started.return.pid });
      if (status.exited) return status;
      await pause(20);
    }
  }

  test("has the commands of macOS, and none that it can't do", async () => {
    const { return: info } = await ask("guest-info");
    const names = info.supported_commands.map(({ name }: { name: string }) => name.replace("guest-", ""));
    expect(names).toEqual(expect.arrayContaining(["file-open", "exec", "get-users", "get-osinfo", "get-time", "get-load", "shutdown"]));
    const lacks = /fsfreeze|fstrim|suspend|vcpus|memory|disk|fsinfo|cpustats|route|password|ssh/;
    expect(names.filter((name: string) => lacks.test(name))).toEqual([]);
  });

  test("system, users, time", async () => {
    expect(await ask("guest-get-osinfo")).toMatchObject({
      return: { id: "macos", name: "macOS", "pretty-name": "macOS 15.5", version: "15.5 (24F74)", "version-id": "15.5" },
    });
    expect(await ask("guest-get-users")).toEqual({ return: [{ user: "alice", "login-time": 1_700_000_050.25 }] });
    expect(await ask("guest-get-host-name")).toEqual({ return: { "host-name": hostname() } });
    expect(await ask("guest-get-timezone")).toEqual({ return: { zone: "IST", offset: 19_800 } });
    const { return: now } = await ask("guest-get-time");
    expect(Math.abs(Number(now) / 1e6 - Date.now())).toBeLessThan(60_000);
    expect((await ask("guest-set-time")).error?.desc).toContain("give the time");
    expect((await ask("guest-set-time", { time: -1 })).error?.desc).toBe("Invalid time");
  });

  test("files keep their position, mode and bytes", async () => {
    const path = join(folder, "file");
    const { return: handle } = await ask("guest-file-open", { path, mode: "w+" });
    await ask("guest-file-write", { handle, "buf-b64": base64("0123\r\n\0") });
    expect(await ask("guest-file-seek", { handle, offset: -4, whence: "cur" })).toEqual({ return: { position: 3, eof: false } });
    expect(await ask("guest-file-read", { handle })).toEqual({ return: { count: 4, "buf-b64": base64("3\r\n\0"), eof: true } });
    expect(await ask("guest-file-close", { handle })).toEqual({ return: {} });
    expect(statSync(path).mode & 0o777).toBe(0o666);
    expect((await ask("guest-file-open", { path: join(folder, "none") })).error?.desc).toMatch(/: No such file or directory$/);
  });

  test("programs: output, order of both outputs in one, input, exit status, signal, and what can't be started", async () => {
    expect(await exec("sh", ["-c", "cat; echo beside >&2; exit 3"])).toMatchObject({
      exitcode: 3,
      "out-data": base64("input"),
      "err-data": base64("beside\n"),
    });
    expect(await exec("sh", ["-c", "echo 1; echo 2 >&2; echo 3"], "merged")).toMatchObject({ "out-data": base64("1\n2\n3\n") });
    expect(await exec("sh", ["-c", "kill -9 $$"])).toEqual({ exited: true, signal: 9 });
    expect(await exec("/nonesuch", [])).toBe("Failed to execute child process “/nonesuch” (No such file or directory)");
  });

  test("interfaces with their addresses, and no counters", async () => {
    const { return: interfaces } = await ask("guest-network-get-interfaces");
    const loopback = interfaces.find(({ name }: { name: string }) => name === "lo");
    expect(loopback["ip-addresses"]).toContainEqual({ "ip-address": "127.0.0.1", "ip-address-type": "ipv4", prefix: 8 });
    expect(loopback.statistics).toBeUndefined();
  });

  test("ends on a signal with status 0; what was left out was logged with the reason", async () => {
    const { status, errors } = await agent.end();
    expect(status).toBe(0);
    expect(errors).toContain("guest-fsfreeze-freeze is left out: file systems are frozen on Linux only");
  });

  test("a system that nobody knows is refused", async () => {
    const unknown = [process.execPath, "--import", 'data:text/javascript,Object.defineProperty(process,"platform",{value:"plan9"})'];
    const { status, errors } = await run([...unknown, program.at(-1) ?? ""] as unknown as Program, ["--version"]);
    expect({ status, errors }).toEqual({
      status: 1,
      errors: expect.stringContaining("there is no lodger for this system (plan9): it knows Linux, Windows and macOS"),
    });
  });
});
