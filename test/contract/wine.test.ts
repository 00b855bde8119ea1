/**
 * The executable for Windows, under Wine: what of Windows' own calls Wine has. It is built on Node 22, the newest that Wine 8 runs; what
 * users get stands on Node 24. What Wine can't show (a real service manager, VSS, drivers) nobody has shown here.
 */
import type { ChildProcess } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { pathOf } from "../../build/packages.ts";
import { cache } from "../../build/paths.ts";
import { windowsTrial } from "../../build/targets.ts";
import { Client, freePort } from "./wine/client.ts";
import { hasWine, onZ, Windows } from "./wine/prefix.ts";

const NODE = onZ(pathOf(windowsTrial.runtime));
const CAN = process.arch === "x64" && hasWine && existsSync(pathOf(windowsTrial.runtime));

describe.skipIf(!CAN)("the executable for Windows, under Wine", { timeout: 60_000 }, () => {
  let folder: string;
  let file: string;
  let windows: Windows;
  let agent: ChildProcess;
  let client: Client;

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    const [made, installed] = await Promise.all([
      bundle({ outfile: join(folder, "lodger.cjs") }).then(({ file: source }) =>
        executable(windowsTrial, source, join(folder, "lodger.exe")),
      ),
      Windows.install(),
    ]);
    file = made;
    windows = installed;
    const port = await freePort();
    writeFileSync(windows.onDisk("lodger/lodger.toml"), '[policy]\nblock = ["guest-get-users"]\n', { mode: 0o600 });
    const options = ["-v", "-m", "tcp-listen", "-p", `127.0.0.1:${port}`, "-t", "C:\\lodger", "--lodger-config", "C:\\lodger\\lodger.toml"];
    agent = await windows.serve([file, ...options], port);
    client = new Client(port);
  }, 180_000);

  afterAll(async () => {
    client?.close();
    agent?.kill();
    await windows?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test("says what it was made for, and where its files are", async () => {
    expect(await windows.run([file, "--version"])).toMatchObject({ status: 0, output: expect.stringContaining(windowsTrial.name) });
    const { output } = await windows.run([file, "--dump-conf"]);
    expect(output).toContain("statedir=C:\\\\ProgramData\\\\lodger\\\\state\n");
  });

  test("a background process is refused with what to do", async () => {
    const { status, errors } = await windows.run([file, "-d", "-m", "tcp-listen", "-p", "127.0.0.1:0", "-t", "C:\\lodger"]);
    expect(status).toBe(1);
    expect(errors).toContain("run lodger as a service");
  });

  test.each([
    ["everybody may write", 0o666, '[policy]\nblock = ["guest-exec"]\n', "S-1-1-0 may change it: take that right away"],
    ["it has a rule on paths", 0o600, RULE_ON_PATHS, "is a rule on paths, which lodger can't hold to on Windows yet"],
  ])("a configuration is refused where %s", async (_, mode, text, reason) => {
    const path = windows.onDisk("lodger/refused.toml");
    writeFileSync(path, text);
    chmodSync(path, mode);
    const { status, output } = await windows.run([file, "config", "check", "--lodger-config", "C:\\lodger\\refused.toml"]);
    expect(status).toBe(1);
    expect(output).toContain(reason);
  });

  test("sync and sync-delimited answer as everywhere", async () => {
    expect(await client.ask("guest-sync", { id: 4711 })).toEqual({ return: 4711 });
    const line = await client.raw('{"execute":"guest-sync-delimited","arguments":{"id":9007199254740993}}\n');
    expect([line[0], line.subarray(1).toString()]).toEqual([0xff, '{"return": 9007199254740993}']);
  });

  test("guest-info has the commands of Windows, and none that it can't do", async () => {
    const { return: info } = await client.ask("guest-info");
    const names = info.supported_commands.map(({ name }: { name: string }) => name);
    expect(names).toEqual(expect.arrayContaining(WORKS));
    expect(names.filter((name: string) => LACKS.includes(name))).toEqual([]);
    expect(await client.ask("guest-fsfreeze-status")).toMatchObject({ error: { class: "CommandNotFound" } });
    expect(info.supported_commands.find(({ name }: { name: string }) => name === "guest-get-users").enabled).toBe(false); // by lodger.toml
  });

  test("a file of 1 MiB goes there and back, with CRLF, NUL and Ctrl-Z in it", async () => {
    const bytes = Buffer.from(Array.from({ length: 1 << 20 }, (_, index) => [13, 10, 0, 26, index & 255][index % 5] ?? 0));
    const { return: handle } = await client.ask("guest-file-open", { path: "C:\\lodger/Datei ä€😀.bin", mode: "w+" });
    expect(await client.ask("guest-file-write", { handle, "buf-b64": bytes.toString("base64") })).toEqual({
      return: { count: bytes.length, eof: false },
    });
    expect(await client.ask("guest-file-seek", { handle, offset: 0, whence: "set" })).toEqual({ return: { position: 0, eof: false } });
    const { return: read } = await client.ask("guest-file-read", { handle, count: 2 << 20 });
    expect(Buffer.from(read["buf-b64"], "base64").equals(bytes)).toBe(true);
    expect(read.eof).toBe(true);
    expect(await client.ask("guest-file-close", { handle })).toEqual({ return: {} });
    expect(readFileSync(windows.onDisk("lodger/Datei ä€😀.bin")).equals(bytes)).toBe(true);
  });

  test("positions are kept: appending, seeking from all three places, two handles of one file", async () => {
    const path = "C:\\lodger\\positions.txt";
    writeFileSync(windows.onDisk("lodger/positions.txt"), "0123456789");
    const open = async (mode: string) => (await client.ask("guest-file-open", { path, mode })).return;
    const [appending, reading] = [await open("a+"), await open("r")];
    const text = async (handle: number, count: number) => {
      const { return: read } = await client.ask("guest-file-read", { handle, count });
      return Buffer.from(read["buf-b64"], "base64").toString();
    };
    const seek = async (handle: number, offset: number, whence: string) =>
      (await client.ask("guest-file-seek", { handle, offset, whence })).return?.position;
    expect(await text(reading, 3)).toBe("012");
    await client.ask("guest-file-write", { handle: appending, "buf-b64": Buffer.from("AB").toString("base64") });
    expect(await seek(appending, 0, "cur")).toBe(12);
    expect(await text(reading, 3)).toBe("345");
    expect(await seek(reading, -4, "end")).toBe(8);
    expect(await text(reading, 100)).toBe("89AB");
    expect(await seek(reading, -10, "cur")).toBe(2);
    expect(await client.ask("guest-file-seek", { handle: reading, offset: -3, whence: "set" })).toMatchObject({
      error: { desc: expect.stringContaining("before the beginning of the file") },
    });
    for (const handle of [appending, reading]) await client.ask("guest-file-close", { handle });
  });

  test("a path beyond 260 characters is one like others", async () => {
    const names = ["d".repeat(200), "e".repeat(150)];
    mkdirSync(windows.onDisk(`lodger/${names[0]}`));
    const { return: handle } = await client.ask("guest-file-open", { path: `C:\\lodger\\${names.join("\\")}`, mode: "w" });
    expect(await client.ask("guest-file-close", { handle })).toEqual({ return: {} });
    expect(existsSync(windows.onDisk(`lodger/${names.join("/")}`))).toBe(true);
  });

  test.each([
    ["C:\\lodger\\missing", "r", "The system cannot find the file specified."],
    ["C:\\missing\\file", "r", "The system cannot find the path specified."],
    ["C:\\windows", "r", "Access is denied."],
    ["C:\\nul\0character", "r", "The parameter is incorrect."],
  ])("opening %j says what Windows says", async (path, mode, text) => {
    const { error } = await client.ask("guest-file-open", { path, mode });
    expect(error?.desc).toBe(`failed to open file '${path}' (mode: '${mode}'): ${text}`);
  });

  test("guest-exec hands on output, input and exit status", async () => {
    expect(await client.exec("cmd.exe", ["/c", "echo", "hello"])).toEqual({ status: 0, output: "hello\r\n", errors: undefined });
    expect(await client.exec("cmd", ["/c", "exit", "3"])).toMatchObject({ status: 3 });
    const script = "process.stdin.pipe(process.stdout); console.error('beside')";
    const input = { "input-data": Buffer.from("in\r\n\0put").toString("base64") };
    expect(await client.exec(NODE, ["-e", script], input)).toEqual({ status: 0, output: "in\r\n\0put", errors: "beside\n" });
  });

  test("every argument arrives as it was given", async () => {
    const given = ["a b", 'say "x"', "tail\\", 'tail\\"', "", "%PATH%", "&|<>^", "ä€😀", "C:\\Program Files\\", "'", "--"];
    const { output } = await client.exec(NODE, ["-p", "JSON.stringify(process.argv.slice(1))", "--", ...given]);
    expect(JSON.parse(output)).toEqual(given);
  });

  test("an environment replaces the agent's, and a name is looked for in its PATH", async () => {
    const env = ["LODGER_TEST=a=b", `Path=${NODE.slice(0, NODE.lastIndexOf("\\"))}`];
    const { output } = await client.exec("node", ["-p", "[process.env.LODGER_TEST, process.env.WINEDEBUG ?? 'none'].join()"], { env });
    expect(output).toBe("a=b,none\n");
  });

  test.each([
    ["nonesuch", "The system cannot find the file specified."],
    ["C:\\windows\\win.ini", "%1 is not a valid Win32 application."],
    ["setup.bat", "a batch file needs a shell, whose rules for arguments are its own: start cmd.exe with /d /s /c"],
  ])("starting %s says why not", async (path, text) => {
    const { error } = await client.ask("guest-exec", { path });
    expect(error?.desc).toBe(`Failed to execute child process “${path}” (${text})`);
  });

  test("the network as this machine has it", async () => {
    const { return: interfaces } = await client.ask("guest-network-get-interfaces");
    const loopback = interfaces.find(({ name }: { name: string }) => name === "lo");
    expect(loopback["ip-addresses"]).toContainEqual({ "ip-address": "127.0.0.1", "ip-address-type": "ipv4", prefix: 8 });
    expect(loopback.statistics["rx-bytes"]).toBeGreaterThan(0);
    const { return: routes } = await client.ask("guest-network-get-route");
    expect(ofKernel(routes)).toEqual(kernelRoutes());
  });

  test("system, time zone, host name, processors", async () => {
    expect(await client.ask("guest-get-osinfo")).toEqual({
      return: {
        "kernel-release": expect.stringMatching(/^\d{5}$/),
        "kernel-version": "10.0",
        machine: "x86_64",
        id: "mswindows",
        name: "Microsoft Windows",
        "pretty-name": expect.stringContaining("Windows 10"),
        version: "Microsoft Windows 10",
        "version-id": "10",
        variant: "client",
        "variant-id": "client",
      },
    });
    expect(await client.ask("guest-get-host-name")).toEqual({ return: { "host-name": hostname() } });
    const { return: zone } = await client.ask("guest-get-timezone");
    expect(zone).toEqual({ zone: expect.stringMatching(/^W\. Europe|^Central Europe|^Romance/), offset: berlinOffset() });
    const { return: now } = await client.ask("guest-get-time");
    expect(Math.abs(Number(now) / 1e6 - Date.now())).toBeLessThan(60_000);
    const { return: processors } = await client.ask("guest-get-vcpus");
    expect(processors[0]).toEqual({ "logical-id": 0, online: true, "can-offline": false });
  });

  test("volumes and disks", async () => {
    const { return: volumes } = await client.ask("guest-get-fsinfo");
    const drive = volumes.find(({ mountpoint }: { mountpoint: string }) => mountpoint === "C:\\");
    expect(drive).toMatchObject({ name: expect.stringMatching(/^\\\\\?\\Volume\{[-0-9a-f]+\}\\$/), type: expect.any(String) });
    expect(drive["used-bytes"]).toBeGreaterThan(0);
    expect(drive["total-bytes-privileged"]).toBeGreaterThan(drive["used-bytes"]);
    expect(await client.ask("guest-get-disks")).toEqual({ return: expect.any(Array) });
  });

  test("of devices, those that Windows says are there: Wine says of none, and the log says so of each", async () => {
    const device = "PCI\\VEN_1AF4&DEV_1041&REV_01\\3&1&0&18";
    await windows.run(["reg", "add", `HKLM\\SYSTEM\\CurrentControlSet\\Enum\\${device}`, "/f"]);
    expect(await client.ask("guest-get-devices")).toEqual({ return: [] });
    const why = `debug: guest-get-devices: ${device}: Windows doesn't say whether it is there: CM_Locate_DevNode failed with`;
    await vi.waitFor(() => expect(windows.printed("agent", "err")).toContain(why), 10_000);
  });

  test("what must not happen by mistake is refused before Windows is asked", async () => {
    const crypted = { username: "nobody", password: "eA==", crypted: true };
    expect(await client.ask("guest-set-user-password", crypted)).toMatchObject({ error: { desc: "'crypted' must be off on this host" } });
    expect(await client.ask("guest-set-time", { time: -1 })).toMatchObject({ error: { desc: "Invalid time" } });
    expect(await client.ask("guest-shutdown", { mode: "x" })).toMatchObject({
      error: { desc: expect.stringContaining("mode is invalid") },
    });
  });
});

const RULE_ON_PATHS = `[[policy.block-if]]
commands = "guest-file-open"
arguments.path.inside = ["/srv"]
`;

const WORKS = [
  ...["ping", "info", "sync", "sync-delimited", "get-time", "set-time", "shutdown", "exec", "exec-status", "get-users", "get-vcpus"],
  ...["file-open", "file-close", "file-read", "file-write", "file-seek", "file-flush", "network-get-interfaces", "network-get-route"],
  ...["get-host-name", "get-timezone", "get-osinfo", "get-disks", "get-fsinfo", "get-devices", "set-user-password"],
].map((name) => `guest-${name}`);

const LACKS = [
  ...["fsfreeze-status", "fsfreeze-freeze", "fsfreeze-freeze-list", "fsfreeze-thaw", "lodger-freeze-plan", "fstrim", "suspend-hybrid"],
  ...["set-vcpus", "get-cpustats", "get-load", "get-memory-blocks", "set-memory-blocks", "get-memory-block-info", "get-diskstats"],
  ...["ssh-get-authorized-keys", "ssh-add-authorized-keys", "ssh-remove-authorized-keys"],
].map((name) => `guest-${name}`);

/** Seconds east of UTC, by another way. */
function berlinOffset(): number {
  const text = new Intl.DateTimeFormat("en", { timeZone: "Europe/Berlin", timeZoneName: "longOffset" }).format();
  const [, hours = "0", minutes = "0"] = /GMT\+(\d+):(\d+)/.exec(text) ?? [];
  return Number(hours) * 3600 + Number(minutes) * 60;
}

interface Route {
  readonly iface: string;
  readonly destination: string;
  readonly gateway: string;
  readonly mask: string;
  readonly version: number;
}

function ofKernel(routes: readonly Route[]): string[] {
  return routes
    .filter(({ version }) => version === 4)
    .map(({ iface, destination, gateway, mask }) => [iface, destination, gateway, mask].join(" "))
    .sort();
}

function kernelRoutes(): string[] {
  const address = (hex = "") => Buffer.from(hex, "hex").reverse().join(".");
  return readFileSync("/proc/net/route", "latin1")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => {
      const [iface, destination, gateway, , , , , mask] = line.split("\t");
      return [iface, address(destination), address(gateway), address(mask)].join(" ");
    })
    .sort();
}
