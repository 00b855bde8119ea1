import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { commandLine } from "../../core/install/windows-words.ts";
import { pipeAccess } from "../../core/os/windows/pipe-access.ts";
import { type Devices, type Log, OsError, type Settings } from "../../core/plugin.ts";
import { listenOnPort } from "../../transports/device/port.ts";
import { onWindows } from "../../transports/virtio-serial/windows.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a port that another agent has is waited for, less and less often, and said once", async () => {
  const asked: number[] = [];
  const warnings: string[] = [];
  const begin = Date.now();
  const devices = {
    open: () => {
      asked.push((Date.now() - begin) / 1000);
      if (asked.length < 9) throw new OsError("EACCES", 5, "Access is denied.", "CreateFile");
      return 1;
    },
  } as unknown as Devices;
  const log = { warning: (text: string) => warnings.push(text) } as unknown as Log;
  const settings = { path: "port", retryPath: false } as Settings;
  const listening = listenOnPort({ hangsUp: false, ...onWindows }, devices, settings, log, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(200_000);
  await listening;
  expect(asked).toEqual([0, 1, 3, 7, 15, 31, 61, 91, 121]);
  expect(warnings).toEqual(["waiting for channel path 'port': another process has it, perhaps another agent"]);
});

test("another failure is none to wait for", async () => {
  const devices = {
    open: () => {
      throw new OsError("ENOENT", 2, "The system cannot find the file specified.", "CreateFile");
    },
  } as unknown as Devices;
  const settings = { path: "port", retryPath: false } as Settings;
  const listening = listenOnPort({ hangsUp: false, ...onWindows }, devices, settings, {} as Log, new AbortController().signal);
  await expect(listening).rejects.toThrow("error opening channel 'port': The system cannot find the file specified.");
});

test.each([
  [["a", "b c"], 'a "b c"'],
  [["C:\\Program Files\\x.exe", "C:\\end\\"], '"C:\\Program Files\\x.exe" C:\\end\\'],
  [["a b\\", 'say "x"', 'a\\"b'], '"a b\\\\" "say \\"x\\"" "a\\\\\\"b"'],
  [[""], '""'],
])("%j is the command line %s", (words, line) => {
  expect(commandLine(words)).toBe(line);
});

test("a pipe is for the system, administrators and the agent's user, and not for the network", () => {
  expect(pipeAccess("S-1-5-18")).toBe("D:P(D;;GA;;;NU)(A;;GA;;;SY)(A;;GA;;;BA)(A;;GA;;;S-1-5-18)");
});
