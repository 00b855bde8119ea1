/**
 * Channels on Windows, under Wine. A named pipe stands in for the port of virtio-serial, whose driver Wine can't have; a terminal of this
 * machine is the serial line. And what takes native calls by themselves, without an agent.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { installRuntimes, pathOf } from "../../build/packages.ts";
import { cache, root } from "../../build/paths.ts";
import { windowsTrial } from "../../build/targets.ts";
import { hasWine, onZ, Windows } from "./wine/prefix.ts";

const NODE = onZ(pathOf(windowsTrial.runtime));
const CAN = process.arch === "x64" && hasWine && existsSync(pathOf(windowsTrial.runtime)) && existsSync("/usr/bin/socat");

describe.skipIf(!CAN)("channels of Windows, under Wine", { timeout: 60_000 }, () => {
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

  test("a call that fails on a thread has its own error, whatever fails meanwhile", async () => {
    const { file } = await bundle({ entry: join(import.meta.dirname, "wine/errors-host.ts"), outfile: join(folder, "errors.cjs") });
    expect(await windows.run([NODE, onZ(file)], 50_000)).toEqual({ status: 0, output: "[]", errors: "" });
  });

  test("drivers of devices, as the registry has them", async () => {
    const { file } = await bundle({ entry: join(import.meta.dirname, "wine/devices-host.ts"), outfile: join(folder, "devices.cjs") });
    const [network, disk, bare] = [
      "VEN_1AF4&DEV_1041&REV_01\\3&1&0&18",
      "VEN_1AF4&DEV_1042&REV_01\\3&1&0&20",
      "VEN_1B36&DEV_000D\\3&1&0&28",
    ];
    await enter(windows, `Enum\\PCI\\${network}`, { Driver: `${CLASS}\\0007` });
    await enter(windows, `Enum\\PCI\\${disk}`, { Driver: `${CLASS}\\0008` });
    await enter(windows, `Enum\\PCI\\${bare}`, { ConfigFlags: "0" });
    const label = "Ethernet ä€😀";
    await enter(windows, `Control\\Class\\${CLASS}\\0007`, {
      DriverDesc: label,
      DriverDate: "6-21-2006",
      DriverVersion: "100.93.104.24000",
    });
    await enter(windows, `Control\\Class\\${CLASS}\\0008`, { DriverDesc: "Disk", DriverDate: "1-1-2001", DriverVersion: "1.2" });
    await enter(windows, `Control\\Class\\${CLASS}\\0008`, { DriverDateData: "00808ca3c594c601" }, "REG_BINARY");
    const told = async (gone: string) => {
      const { status, output } = await windows.run([NODE, onZ(file), `PCI\\${gone}`]);
      expect(status).toBe(0);
      return JSON.parse(output);
    };
    const { drivers, leftOut, asked } = await told("none");
    const ethernet = { name: label, date: "1150848000000000000", version: "100.93.104.24000", id: { vendor: 0x1af4, device: 0x1041 } };
    const storage = { name: "Disk", date: "1150848000000000000", version: "1.2", id: { vendor: 0x1af4, device: 0x1042 } };
    // Wine has an adapter of its own there, of no vendor.
    const ours = ({ id }: { id: { vendor: number } }) => id.vendor !== 0;
    expect(drivers.filter(ours)).toEqual([ethernet, storage]);
    expect(leftOut).toContain(`PCI\\${bare}: it has no driver`);
    expect((await told(network)).drivers.filter(ours)).toEqual([storage]);
    // What Wine answers for any device at all; Windows' own answers have been seen nowhere.
    const unknown = "Windows doesn't say whether it is there: CM_Locate_DevNode failed with 19";
    expect(asked).toMatchObject({ [`PCI\\${network}`]: unknown, [`PCI\\${bare}`]: unknown });
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

  test("what only the service manager may start says so", async () => {
    const { status, errors } = await windows.run([NODE, agent, "windows-service"]);
    expect({ status, errors }).toEqual({
      status: 1,
      errors: "lodger: windows-service: this is for Windows' service manager: 'lodger --service install'\n",
    });
  });
});

const CLASS = "{4d36e972-e325-11ce-bfc1-08002be10318}";

/** @param key below those of the control set. */
async function enter(windows: Windows, key: string, values: Readonly<Record<string, string>>, kind = "REG_SZ"): Promise<void> {
  for (const [name, value] of Object.entries(values)) {
    const added = await windows.run(["reg", "add", `HKLM\\SYSTEM\\CurrentControlSet\\${key}`, "/v", name, "/t", kind, "/d", value, "/f"]);
    expect(added).toMatchObject({ status: 0 });
  }
}
