import { describe, expect, it } from "vitest";
import { type Mount, OsError, type Trimmed } from "../../../core/plugin.ts";
import storage from "../../../plugins/storage/index.ts";
import { commandsOf, RecordedLog } from "../run-command.ts";

const mount = (mountPoint: string, minor: number, major = 8): Mount => ({
  id: minor,
  parent: 0,
  major,
  minor,
  root: "/",
  mountPoint,
  type: "ext4",
  source: `/dev/sda${minor}`,
});

/** @param devices by mount point: what the kernel answers. */
function guest(mounts: readonly Mount[], devices: Readonly<Record<string, Trimmed | OsError | (() => void)>>) {
  const asked: string[] = [];
  const trim = async (mountPoint: string, minimum: bigint): Promise<Trimmed> => {
    asked.push(`${mountPoint} ${minimum}`);
    const answer = devices[mountPoint];
    if (answer instanceof OsError) throw answer;
    if (typeof answer === "object") return answer;
    answer?.();
    return { trimmed: 1n, minimum };
  };
  return { asked, run: commandsOf(storage, { files: {}, mounts: { list: async () => mounts }, storage: { trim } }) };
}

const failure = (code: string, text: string, call = "trim") => new OsError(code, 1, text, call);

describe("guest-fstrim", () => {
  it("trims each local file system once, the latest mount first, and tells what the kernel says", async () => {
    const { run, asked } = guest([mount("/", 1), mount("/proc", 5, 0), mount("/home", 2), mount("/mnt/home", 2)], {
      "/": { trimmed: 9007199254740993n, minimum: 4096n },
      "/home": { trimmed: 0n, minimum: 0n },
    });
    expect(await run("guest-fstrim")).toEqual({
      paths: [
        { path: "/home", trimmed: 0, minimum: 0 },
        { path: "/", trimmed: 9007199254740993n, minimum: 4096 },
      ],
    });
    expect(asked).toEqual(["/home 0", "/ 0"]);
  });

  it.each([
    [4096, "/ 4096"],
    [9223372036854775807n, "/ 9223372036854775807"],
    [-1, "/ -1"],
  ])("hands the minimum %s to the kernel", async (minimum, asked) => {
    const one = guest([mount("/", 1)], {});
    await one.run("guest-fstrim", { minimum });
    expect(one.asked).toEqual([asked]);
  });

  it.each([
    [failure("ENOTTY", "Inappropriate ioctl for device"), "trim not supported"],
    [failure("EOPNOTSUPP", "Operation not supported"), "trim not supported"],
    [failure("EINVAL", "Invalid argument"), "failed to trim: Invalid argument"],
    [failure("EBUSY", "Device or resource busy"), "failed to trim: Device or resource busy"],
    [failure("ENOENT", "No such file or directory", "open"), "failed to open: No such file or directory"],
    [failure("EOPNOTSUPP", "Operation not supported", "open"), "failed to open: Operation not supported"],
  ])("goes on after a failure: %s", async (error, text) => {
    const { run } = guest([mount("/", 1), mount("/a", 2)], { "/a": error });
    expect(await run("guest-fstrim")).toEqual({
      paths: [
        { path: "/a", error: text },
        { path: "/", trimmed: 1, minimum: 0 },
      ],
    });
  });

  it("stops before the next file system when the client has given up", async () => {
    const stop = new AbortController();
    const log = new RecordedLog();
    const { run, asked } = guest([mount("/", 1), mount("/a", 2), mount("/b", 3)], { "/a": () => stop.abort() });
    expect(await run("guest-fstrim", {}, { signal: stop.signal, log })).toEqual({
      paths: [
        { path: "/b", trimmed: 1, minimum: 0 },
        { path: "/a", trimmed: 1, minimum: 0 },
      ],
    });
    expect(asked).toEqual(["/b 0", "/a 0"]);
    expect(log.lines).toEqual(["warning: the trim was given up before /"]);
  });

  it("hides no fault of its own", async () => {
    const trim = () => Promise.reject(new TypeError("a bug"));
    const run = commandsOf(storage, { files: {}, mounts: { list: async () => [mount("/", 1)] }, storage: { trim } });
    await expect(run("guest-fstrim")).rejects.toThrow(TypeError);
  });
});
