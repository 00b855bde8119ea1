/** What Windows' service manager is told, as its documentation lays it out, and what is asked of `lodger install` there. */
import { describe, expect, test } from "vitest";
import { parseWindowsInstall, serviceCommand, windowsEntries } from "../../../core/install/windows-plan.ts";
import { descriptionBlock, failureBlock, settingsOf } from "../../../core/os/windows/service-settings.ts";

const ADDRESS = 0x7ff0_0000_1000n;
const viewOf = (bytes: Uint8Array) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

describe("what the service manager takes", () => {
  test("a restart five seconds after a failure, counted for a day", () => {
    const view = viewOf(failureBlock(ADDRESS));
    const [resetSeconds, message, command, count] = [
      view.getUint32(0, true),
      view.getBigUint64(8, true),
      view.getBigUint64(16, true),
      view.getUint32(24, true),
    ];
    expect([resetSeconds, message, command, count]).toEqual([86_400, 0n, 0n, 1]);
    const actions = Number(view.getBigUint64(32, true) - ADDRESS);
    expect([view.getUint32(actions, true), view.getUint32(actions + 4, true), view.byteLength]).toEqual([1, 5000, actions + 8]);
  });

  test("a description, with its NUL", () => {
    const bytes = descriptionBlock("für", ADDRESS);
    expect(Buffer.from(bytes.subarray(Number(viewOf(bytes).getBigUint64(0, true) - ADDRESS))).toString("utf16le")).toBe("für\0");
  });

  test("when a service starts, and its command", () => {
    const bytes = new Uint8Array(64);
    viewOf(bytes).setUint32(4, 4, true);
    viewOf(bytes).setBigUint64(16, ADDRESS, true);
    expect(settingsOf(bytes, (pointer) => (pointer === ADDRESS ? "a.exe -d" : undefined))).toEqual({ start: 4, command: "a.exe -d" });
  });

  test.each([
    [[], '"C:\\a b\\lodger.exe" windows-service --retry-path'],
    [["-m", "tcp-listen", "-p", "127.0.0.1:1"], '"C:\\a b\\lodger.exe" windows-service -m tcp-listen -p 127.0.0.1:1'],
  ])("with %j", (args, command) => {
    expect(serviceCommand(["C:\\a b\\lodger.exe"], args)).toBe(command);
  });
});

describe("lodger install on Windows", () => {
  const PORT = "\\\\.\\Global\\org.qemu.guest_agent.0";
  const methods = new Map([
    ["virtio-serial", PORT],
    ["unix-listen", undefined],
  ]);
  const parse = (...args: string[]) => parseWindowsInstall(args, methods);

  test.each([
    [[], true, []],
    [["-p", PORT], true, ["-p", PORT]],
    [["-p", "COM3"], false, ["-p", "COM3"]],
    [["-m", "unix-listen", "-p", "\\\\.\\pipe\\a"], false, ["-m", "unix-listen", "-p", "\\\\.\\pipe\\a"]],
  ])("%j: qemu-ga's port: %j", (args, isUsualPort, channel) => {
    expect(parse(...args)).toMatchObject({ isUsualPort, channel, dryRun: false, takeOver: false });
  });

  test.each([
    [["-m", "unix-listen"], "needs a --path"],
    [["-m", "smoke"], "known are virtio-serial, unix-listen"],
    [["-p", "a\nb"], "control character"],
    [["--prefix", "lodger"], "has to begin with a drive"],
    [["--root", "C:\\image"], "Unknown option '--root'"],
  ])("%j is refused", (args, reason) => {
    expect(() => parse(...args)).toThrow(reason);
  });

  test("state is for administrators; an executable in its place is not copied", () => {
    const program = "C:\\Program Files\\lodger\\lodger.exe";
    const modes = windowsEntries(program, undefined).flatMap((entry) => (entry.kind === "folder" ? [entry.mode] : []));
    expect(modes).toEqual([0o755, 0o755, 0o700]);
    expect(windowsEntries(program, undefined).some(({ kind }) => kind === "program")).toBe(false);
    expect(windowsEntries(program, "D:\\lodger.exe")).toContainEqual({
      kind: "program",
      path: program,
      mode: 0o666,
      source: "D:\\lodger.exe",
    });
  });
});
