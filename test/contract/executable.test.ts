/** The executable for this machine, packed anew from a new bundle, as it is dropped into a guest. */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { systemNeeds } from "../../build/elf.ts";
import { executable } from "../../build/executable.ts";
import { cache } from "../../build/paths.ts";
import { sha256 } from "../../build/pins.ts";
import { hostTarget } from "../../build/targets.ts";
import { authoringSuite } from "./plugin-authoring/suite.ts";
import { pluginSuite } from "./plugin-suite.ts";
import { run, serve } from "./program.ts";
import { programSuite } from "./program-suite.ts";

const target = hostTarget();

describe.skipIf(target === undefined)("the executable", () => {
  let folder: string;
  let file: string;

  async function pack(name: string): Promise<string> {
    if (target === undefined) throw new Error("there is no executable for this machine");
    const { file: source } = await bundle({ outfile: join(folder, `${name}.cjs`) });
    return executable(target, source, join(folder, name));
  }

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    file = await pack("lodger");
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  programSuite(() => [file]);
  authoringSuite(() => [file]);
  pluginSuite(() => [file]);

  test("starts with the code that the build has compiled", async () => {
    expect((await run([file], ["self-check"])).output).toMatch(/, compiled code\n$/);
  });

  test("the same input gives the same bytes", { timeout: 60_000 }, async () => {
    const again = await pack("again");
    expect(await sha256(again)).toBe(await sha256(file));
  });

  test("needs only what every guest with glibc 2.28 has", async () => {
    const { libraries, versions } = await systemNeeds(file);
    expect([...libraries].sort()).toEqual([
      "ld-linux-x86-64.so.2",
      "libc.so.6",
      "libdl.so.2",
      "libgcc_s.so.1",
      "libm.so.6",
      "libpthread.so.0",
      "libstdc++.so.6",
    ]);
    expect(versions.get("GLIBC")).toBe("2.28");
  });

  test("NODE_OPTIONS and its like don't reach it", async () => {
    const environment = {
      NODE_OPTIONS: "--require=/nonexistent/preload.cjs --inspect=127.0.0.1:0 --title=changed",
      NODE_PATH: "/nonexistent",
    };
    expect(await run([file], ["--version"], { environment })).toMatchObject({
      status: 0,
      errors: "",
      output: expect.stringMatching(/^lodger /),
    });
    expect(await run([file], ["--inspect=127.0.0.1:0"])).toMatchObject({ status: 1, errors: expect.stringContaining("--inspect") });
  });

  test("SIGUSR1 opens no debugger", async () => {
    const socket = join(folder, "usr1.sock");
    const agent = serve([file], socket, ["-m", "unix-listen", "-p", socket, "-t", folder]);
    await agent.ask({ execute: "guest-ping" });
    process.kill(agent.pid, "SIGUSR1");
    await pause(300);
    expect(await agent.ask({ execute: "guest-ping" })).toEqual({ return: {} });
    const { status, errors } = await agent.end();
    expect({ status, errors }).toEqual({ status: 0, errors: "" }); // the debugger would say where it listens
  });

  test("after a read of 48 MiB memory comes back", { timeout: 60_000 }, async () => {
    const size = 48 * 1024 * 1024;
    const content = join(folder, "biggest");
    writeFileSync(content, Buffer.alloc(size));
    const socket = join(folder, "read.sock");
    const agent = serve([file], socket, ["-m", "unix-listen", "-p", socket, "-t", folder]);
    const { return: handle } = (await agent.ask({ execute: "guest-file-open", arguments: { path: content } })) as { return: number };
    await pause(1500);
    const before = resident(agent.pid);
    await agent.ask({ execute: "guest-file-read", arguments: { handle, count: size } });
    expect(peak(agent.pid) - before).toBeLessThan(4 * size);
    // What comes back by itself is not waited for by time: it must be soon, and on a busy machine soon is late.
    const deadline = performance.now() + 30_000;
    while (resident(agent.pid) - before > size / 4 && performance.now() < deadline) await pause(250);
    expect(resident(agent.pid) - before).toBeLessThan(size / 4);
    expect(await agent.end()).toMatchObject({ status: 0, errors: "" });
  });

  test("leaves nothing in /tmp, /var/tmp, /run, /dev/shm and its state folder beyond qga.state", ({ skip }) => {
    if (process.getuid?.() !== 0) skip("only root may make a mount namespace");
    // In a mount namespace of its own these folders are empty and nobody else's.
    const observer = join(import.meta.dirname, "leavings.ts");
    const printed = execFileSync("unshare", ["--mount", "--propagation", "private", process.execPath, observer, file], {
      encoding: "utf8",
      env: {},
      timeout: 15_000,
    });
    expect(JSON.parse(printed)).toEqual({
      answers: ["guest-ping", "guest-network-get-interfaces"],
      whileRunning: ["/run/agent", "/run/agent/qga.state", "/run/agent/s"],
      status: 0,
      errors: "",
      afterwards: ["/run/agent", "/run/agent/qga.state"],
    });
  });
});

function resident(pid: number): number {
  return ofStatus(pid, "VmRSS");
}

function peak(pid: number): number {
  return ofStatus(pid, "VmHWM");
}

/** In bytes. */
function ofStatus(pid: number, name: string): number {
  const [, kilobytes] = new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${pid}/status`, "latin1")) ?? [];
  return Number(kilobytes) * 1024;
}
