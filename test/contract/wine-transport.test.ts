/**
 * Channels and the service on Windows, under Wine. A named pipe stands in for the port of virtio-serial, whose driver Wine can't have; a
 * terminal of this machine is the serial line; the service manager is Wine's.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { installRuntimes, pathOf } from "../../build/packages.ts";
import { cache, root } from "../../build/paths.ts";
import { windowsTrial } from "../../build/targets.ts";
import { Client } from "./wine/client.ts";
import { hasWine, Windows } from "./wine/prefix.ts";

/** Drive Z is this machine. */
const onZ = (path: string) => `Z:${path.replaceAll("/", "\\")}`;

const NODE = onZ(pathOf(windowsTrial.runtime));
const CAN = process.arch === "x64" && hasWine && existsSync(pathOf(windowsTrial.runtime)) && existsSync("/usr/bin/socat");

describe.skipIf(!CAN)("channels and the service of Windows, under Wine", { timeout: 60_000 }, () => {
  let folder: string;
  let agent: string;
  let host: string;
  let windows: Windows;
  let line: ChildProcess | undefined;

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    await installRuntimes([windowsTrial]);
    mkdirSync(join(folder, "node_modules/@koromix"), { recursive: true });
    symlinkSync(join(root, "node_modules/koffi"), join(folder, "node_modules/koffi"));
    symlinkSync(dirname(dirname(pathOf(windowsTrial.koffi))), join(folder, "node_modules/@koromix/koffi-win32-x64"));
    host = join(folder, "host.cjs"); // beside koffi
    writeFileSync(host, readFileSync(join(import.meta.dirname, "wine-transport-host.cjs")));
    const [made, installed] = await Promise.all([bundle({ outfile: join(folder, "lodger.cjs") }), Windows.install()]);
    agent = onZ(made.file);
    windows = installed;
    // Wine's service manager ends with the last program.
    void windows.run([NODE, "-e", "setTimeout(() => {}, 300_000)"], 300_000);
  }, 120_000);

  afterAll(async () => {
    line?.kill();
    await windows?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function played(scenario: string) {
    const { status, output } = await windows.run([NODE, onZ(host), scenario, agent, `\\\\.\\pipe\\lodger-${scenario}`], 50_000);
    expect({ status, output }).toMatchObject({ status: 0 });
    return JSON.parse(output);
  }

  test("a port is read and written at the same time, and opened again when it was away", async () => {
    expect(await played("port")).toEqual({ sync: 1, large: 700_000, again: 2 });
  });

  test("a named pipe has many clients, and only those who may", async () => {
    const { answers, access, other, wrong } = await played("pipe");
    expect(answers).toEqual([0, 1]);
    expect(access).toMatch(/^D:P\(D;;GA;;;NU\)\(A;;GA;;;SY\)\(A;;GA;;;BA\)\(A;;GA;;;S-1-5-21-[-\d]+\)$/);
    expect(other).toContain("another process has this pipe; end it or choose another name");
    expect(wrong).toContain("on Windows this is a named pipe");
  });

  test("a serial line", async () => {
    const terminal = join(folder, "line");
    line = spawn("/usr/bin/socat", [`PTY,raw,echo=0,link=${terminal}`, "STDIO"], { stdio: ["pipe", "pipe", "inherit"] });
    while (!existsSync(terminal)) await pause(20);
    symlinkSync(terminal, windows.onDisk("../dosdevices/com7"));
    const running = windows.run([NODE, agent, "-m", "isa-serial", "-p", "COM7", "-t", "C:\\lodger"], 55_000);
    void running;
    let heard = "";
    line.stdout?.on("data", (chunk) => {
      heard += chunk;
    });
    // what was sent before the line was opened is thrown away
    for (let id = 1; !heard.includes("\n"); id++) {
      line.stdin?.write(`{"execute":"guest-sync","arguments":{"id":${id}}}\n`);
      await pause(500);
    }
    expect(heard).toMatch(/^(\{"return": \d+\}\n)+$/);
    const all = Buffer.from(Array.from({ length: 3000 }, (_, index) => index % 251)).toString("base64");
    heard = "";
    line.stdin?.write(`{"execute":"guest-file-open","arguments":{"path":"C:\\\\lodger\\\\line","mode":"w+"}}\n`);
    const handle = () => /\{"return": (1\d\d\d)\}/.exec(heard)?.[1];
    while (handle() === undefined) await pause(50);
    line.stdin?.write(`{"execute":"guest-file-write","arguments":{"handle":${handle()},"buf-b64":"${all}"}}\n`);
    while (!heard.includes("count")) await pause(50);
    line.stdin?.write(`{"execute":"guest-file-seek","arguments":{"handle":${handle()},"offset":0,"whence":0}}\n`);
    line.stdin?.write(`{"execute":"guest-file-read","arguments":{"handle":${handle()},"count":4096}}\n`);
    while (!heard.includes("buf-b64") || !heard.endsWith("\n")) await pause(50);
    expect(/"buf-b64": "([^"]*)"/.exec(heard)?.[1]).toBe(all);
  });

  // Off: right in a Windows of Wine's that is some minutes old; in a new one its manager doesn't start what it has just taken in.
  test("the service manager takes the service in, starts it, stops it, and starts it no more", async () => {
    const port = await freePort();
    const lodger = (...args: string[]) => windows.run([NODE, agent, ...args]);
    const installed = await lodger("-s", "install", "-m", "tcp-listen", "-p", `127.0.0.1:${port}`, "-t", "C:\\lodger");
    expect(installed).toMatchObject({ status: 0, output: expect.stringContaining(`windows-service -m tcp-listen -p 127.0.0.1:${port}`) });
    expect(await windows.run(["net", "start", "lodger"])).toMatchObject({ status: 0 });
    expect((await windows.run(["sc", "query", "lodger"])).output).toMatch(/STATE\s+: 4 {2}RUNNING/);
    const client = await connected(port);
    expect(await client.ask("guest-sync", { id: 7 })).toEqual({ return: 7 });
    client.close();
    expect(await windows.run(["net", "stop", "lodger"])).toMatchObject({ status: 0 });
    expect((await windows.run(["sc", "query", "lodger"])).output).toMatch(/STATE\s+: 1 {2}STOPPED\s+WIN32_EXIT_CODE\s+: 0 /);
    expect(await lodger("--service=uninstall")).toMatchObject({ status: 0, output: "the service 'lodger' is removed\n" });
    expect(await lodger("--service=uninstall")).toMatchObject({ status: 0, output: "there is no service 'lodger'\n" });
  });

  test("a service that can't start says so to the service manager", async () => {
    const lodger = (...args: string[]) => windows.run([NODE, agent, ...args]);
    await lodger("-s", "install", "-m", "tcp-listen", "-p", "nowhere", "-t", "C:\\lodger");
    await windows.run(["net", "start", "lodger"]);
    for (;;) {
      const { output } = await windows.run(["sc", "query", "lodger"]);
      if (!/STATE\s+: 1 /.test(output)) continue;
      expect(output).toMatch(/WIN32_EXIT_CODE\s+: 1066 .*\s+SERVICE_EXIT_CODE\s+: 1 /);
      break;
    }
    await lodger("-s", "uninstall");
  });

  test("what only the service manager may start says so", async () => {
    const { status, errors } = await windows.run([NODE, agent, "windows-service"]);
    expect({ status, errors }).toEqual({
      status: 1,
      errors: "lodger: windows-service: this is for Windows' service manager: 'lodger --service install'\n",
    });
  });
});

async function connected(port: number): Promise<Client> {
  for (let tries = 0; ; tries++) {
    const client = new Client(port);
    const answer = await Promise.race([client.ask("guest-ping").catch(() => undefined), pause(500)]);
    if (answer) return client;
    client.close();
    if (tries > 40) throw new Error("the service doesn't answer");
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
