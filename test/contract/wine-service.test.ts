/** The service of Windows, and `lodger install` there, under Wine and its own service manager. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bundle } from "../../build/bundle.ts";
import { executable } from "../../build/executable.ts";
import { pathOf } from "../../build/packages.ts";
import { cache } from "../../build/paths.ts";
import { windowsTrial } from "../../build/targets.ts";
import { connected, freePort } from "./wine/client.ts";
import { hasWine, onZ, Windows } from "./wine/prefix.ts";

const NODE = onZ(pathOf(windowsTrial.runtime));
const CAN = process.arch === "x64" && hasWine && existsSync(pathOf(windowsTrial.runtime));

const PROGRAM = "C:\\Program Files\\lodger\\lodger.exe";
const STATE = "C:\\ProgramData\\lodger\\state";

describe.skipIf(!CAN)("the service of Windows, under Wine", { timeout: 60_000 }, () => {
  let folder: string;
  let executableFile: string;
  let windows: Windows;
  const lodger = (...args: string[]) => windows.run([onZ(executableFile), ...args]);
  const query = async (name: string) => (await windows.run(["sc", "query", name])).output;
  /** What the registry has of a service; nothing if there is none. */
  const registered = async (name: string) => {
    const { status, output } = await windows.run(["reg", "query", `HKLM\\System\\CurrentControlSet\\Services\\${name}`]);
    return status === 0 ? output : "";
  };
  const there = (path: string) => existsSync(windows.onDisk(path));

  beforeAll(async () => {
    mkdirSync(cache, { recursive: true });
    folder = mkdtempSync(join(cache, "test-"));
    const [made, installed] = await Promise.all([
      bundle({ outfile: join(folder, "lodger.cjs") }).then(({ file }) => executable(windowsTrial, file, join(folder, "lodger.exe"))),
      Windows.install(),
    ]);
    executableFile = made;
    windows = installed;
    windows.stayUp(NODE);
  }, 180_000);

  afterAll(async () => {
    await windows?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  test("the service manager takes the service in, starts it, stops it, and starts it no more", async () => {
    const port = await freePort();
    const installed = await lodger("-s", "install", "-m", "tcp-listen", "-p", `127.0.0.1:${port}`, "-t", "C:\\lodger");
    expect(installed).toMatchObject({ status: 0, output: expect.stringContaining(`windows-service -m tcp-listen -p 127.0.0.1:${port}`) });
    expect(await windows.run(["net", "start", "lodger"])).toMatchObject({ status: 0 });
    expect(await query("lodger")).toMatch(/STATE\s+: 4 {2}RUNNING/);
    const client = await connected(port);
    expect(await client.ask("guest-sync", { id: 7 })).toEqual({ return: 7 });
    client.close();
    expect(await windows.run(["net", "stop", "lodger"])).toMatchObject({ status: 0 });
    expect(await query("lodger")).toMatch(/STATE\s+: 1 {2}STOPPED\s+WIN32_EXIT_CODE\s+: 0 /);
    expect(await lodger("--service=uninstall")).toMatchObject({ status: 0, output: "the service 'lodger' is removed\n" });
    expect(await lodger("--service=uninstall")).toMatchObject({ status: 0, output: "there is no service 'lodger'\n" });
  });

  test("a service that can't start says so to the service manager, and leaves why", async () => {
    await lodger("-s", "install", "-m", "tcp-listen", "-p", "nowhere", "-t", "C:\\lodger");
    await windows.run(["net", "start", "lodger"]);
    let said = "";
    while (!/STATE\s+: 1 /.test(said)) said = await query("lodger");
    expect(said).toMatch(/WIN32_EXIT_CODE\s+: 1066 .*\s+SERVICE_EXIT_CODE\s+: 1 /);
    expect(readFileSync(windows.onDisk("lodger/service-error.txt"), "utf8")).toContain("nowhere");
    await lodger("-s", "uninstall");
  });

  test("a dry run says everything and does nothing", async () => {
    const { status, output } = await lodger("install", "--dry-run");
    expect(status).toBe(0);
    expect(output.split("\n")).toEqual(
      expect.arrayContaining([
        "folder C:\\Program Files\\lodger, which only administrators can change",
        `folder ${STATE}, which only administrators can open`,
        `file ${PROGRAM}: a copy of ${onZ(executableFile)}`,
        `make the service lodger, which starts with Windows, and five seconds after a failure: "${PROGRAM}" windows-service --retry-path -t ${STATE}`,
        "start the service lodger",
      ]),
    );
    expect([there("Program Files/lodger"), there("ProgramData/lodger"), await registered("lodger")]).toEqual([false, false, ""]);
  });

  test("installed twice it is there once, runs, and takes the port over; uninstalled it is gone, and the port given back", async () => {
    const port = await freePort();
    const channel = ["-m", "tcp-listen", "-p", `127.0.0.1:${port}`];
    // another agent's service, which isn't running
    await windows.run(["sc", "create", "QEMU-GA", "binpath=", "C:\\qemu-ga.exe -d", "start=", "auto"]);
    const refused = await lodger("install");
    expect(refused).toMatchObject({ status: 1, errors: expect.stringContaining("'lodger install --take-over' hands it to lodger") });
    expect(there("Program Files/lodger")).toBe(false);

    expect(await lodger("install", "--take-over", ...channel)).toMatchObject({
      status: 0,
      output: expect.stringMatching(/\nlodger is installed: C:\\Program Files\\lodger\\lodger\.exe, started by the service lodger\n$/),
    });
    expect(await registered("lodger")).toMatch(/\n {4}Start\s+REG_DWORD\s+0x2\r?\n/);
    expect(await registered("lodger")).toContain(`"${PROGRAM}" windows-service -m tcp-listen -p 127.0.0.1:${port} -t ${STATE}`);
    expect(await registered("QEMU-GA")).toMatch(/\n {4}Start\s+REG_DWORD\s+0x4\r?\n/);
    const client = await connected(port);
    expect(await client.ask("guest-sync", { id: 8 })).toEqual({ return: 8 });
    client.close();
    // Wine shows an access list in the mode of its file: what the folder above would have given is not there
    for (const name of ["Program Files/lodger", "ProgramData/lodger", "ProgramData/lodger/state"]) {
      expect([name, statSync(windows.onDisk(name)).mode & 0o007]).toEqual([name, 0]);
    }

    writeFileSync(windows.onDisk("ProgramData/lodger/lodger.toml"), "# mine\n");
    const again = await lodger("install", "--take-over", ...channel);
    expect(again).toMatchObject({ status: 0, output: expect.stringContaining("nothing to change: all of it is there already\n") });

    expect((await lodger("uninstall", "--dry-run")).output).toContain("keep C:\\ProgramData\\lodger\\lodger.toml, which has changed");
    expect(await lodger("uninstall")).toMatchObject({ status: 0, output: expect.stringContaining("removed the service lodger\n") });
    expect(await registered("lodger")).toBe("");
    expect(await registered("QEMU-GA")).toMatch(/\n {4}Start\s+REG_DWORD\s+0x2\r?\n/);
    expect([there("Program Files/lodger"), there("ProgramData/lodger/lodger.toml")]).toEqual([false, true]);
    expect(await lodger("uninstall", "--purge")).toMatchObject({ status: 0 });
    expect(there("ProgramData/lodger")).toBe(false);
    expect((await lodger("uninstall")).errors).toContain("nothing has been installed");
    await windows.run(["sc", "delete", "QEMU-GA"]);
  });

  test("an executable that is replaced, another way of reaching it, and a program that uninstalls itself", async () => {
    const [first, second] = [await freePort(), await freePort()];
    expect(await lodger("install", "-m", "tcp-listen", "-p", `127.0.0.1:${first}`)).toMatchObject({ status: 0 });
    (await connected(first)).close();
    writeFileSync(executableFile, "later", { flag: "a" });
    expect(await lodger("install", "-m", "tcp-listen", "-p", `127.0.0.1:${second}`)).toMatchObject({ status: 0 });
    (await connected(second)).close();
    expect(statSync(windows.onDisk("Program Files/lodger/lodger.exe")).size).toBe(statSync(executableFile).size);
    const { status, output } = await windows.run([PROGRAM, "uninstall"]);
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining("when Windows starts again") });
    const pending = await windows.run(["reg", "query", "HKLM\\System\\CurrentControlSet\\Control\\Session Manager"]);
    expect(pending.output).toMatch(/PendingFileRenameOperations.*\\lodger\.exe\\0.*\\koffi\.node\\0.*\\Program Files\\lodger\\0/);
    expect(there("ProgramData/lodger")).toBe(false);
  });

  test.each([
    ["everybody can change the folder", "--prefix=C:\\open\\lodger", "S-1-1-0 may change it"],
    ["there is no folder for it", "--prefix=C:\\missing\\lodger", "there is no folder C:\\missing: make it first"],
    ["the path has no drive", "--prefix=/usr/local", "this has to begin with a drive"],
    ["the method isn't known", "--method=carrier-pigeon", "known are "],
  ])("refused where %s", async (_, option, reason) => {
    mkdirSync(windows.onDisk("open"), { recursive: true, mode: 0o777 });
    // the mode that was asked for is cut by the umask
    chmodSync(windows.onDisk("open"), 0o777);
    const { status, errors } = await lodger("install", option);
    expect({ status, errors }).toEqual({ status: 1, errors: expect.stringContaining(reason) });
  });
});
