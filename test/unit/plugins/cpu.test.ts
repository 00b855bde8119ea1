import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/plugin.ts";
import { parseCpuTimes } from "../../../plugins/cpu/cpu-times.ts";
import cpu from "../../../plugins/cpu/index.ts";
import { type FakeFile, FakeFiles } from "../fake-files.ts";
import { commandsOf, RecordedLog } from "../run-command.ts";

const FOLDER = "/sys/devices/system/cpu";
const denied = new OsError("EBUSY", 16, "Device or resource busy", "write");

/** @param processors by path below the folder. */
function guest(processors: Readonly<Record<string, FakeFile>>) {
  const files = new FakeFiles(Object.fromEntries(Object.entries(processors).map(([path, file]) => [`${FOLDER}/${path}`, file])));
  const log = new RecordedLog();
  const run = commandsOf(cpu, { files, system: { load: () => [0.5, 1, 12.25] } });
  return {
    files,
    log,
    run: (name: string, args = {}) => run(name, args, { log }),
    set: (...vcpus: object[]) => run("guest-set-vcpus", { vcpus }, { log }),
  };
}

const item = (id: number | bigint, online: boolean, more = {}) => ({ "logical-id": id, online, ...more });
const described = (id: number, online: boolean, canOffline: boolean) => item(id, online, { "can-offline": canOffline });

/** As a virtual machine of x86 has it: the first can't be taken offline. */
const FOUR = {
  "cpu0/": "",
  "cpu1/online": "1\n",
  "cpu10/online": "0\n",
  "cpu2/online": "1\n",
  "cpufreq/": "",
  "cpuidle/current_driver": "none\n",
  kernel_max: "8191\n",
  online: "0-2\n",
  uevent: "",
};

describe("guest-get-vcpus", () => {
  it("lists the processors by their numbers", async () => {
    expect(await guest(FOUR).run("guest-get-vcpus")).toEqual([
      described(0, true, false),
      described(1, true, true),
      described(2, true, true),
      described(10, false, true),
    ]);
  });

  it("takes only what is named as processors are", async () => {
    const odd = ["cpu", "cpux", "cpu05", "cpu-1", "cpu+4", "cpu 4", "cpu4x", "cpu0x4", "cpu99999999999999999999"];
    const tree = Object.fromEntries(odd.map((name) => [`${name}/online`, "1\n"]));
    expect(await guest({ ...tree, "cpu0/": "" }).run("guest-get-vcpus")).toEqual([described(0, true, false)]);
  });

  it("leaves a processor out that went away meanwhile", async () => {
    expect(await guest({ "cpu0/": "", cpu4: { link: "nowhere" } }).run("guest-get-vcpus")).toEqual([described(0, true, false)]);
  });

  it("answers an empty list where there is none", async () => {
    expect(await guest({ "cpufreq/": "" }).run("guest-get-vcpus")).toEqual([]);
  });

  it.each<[Record<string, FakeFile>, string]>([
    [{}, `failed to list entries: ${FOLDER}: No such file or directory`],
    [{ "cpu3/online": "" }, `pread("${FOLDER}/cpu3//online"): unexpected EOF`],
    [{ "cpu3/online": new OsError("EACCES", 13, "Permission denied", "open") }, `open("${FOLDER}/cpu3//online"): Permission denied`],
    [{ "cpu3/online": new OsError("EIO", 5, "Input/output error", "read") }, `pread("${FOLDER}/cpu3//online"): Input/output error`],
  ])("%j: %s", async (tree, text) => {
    await expect(guest(tree).run("guest-get-vcpus")).rejects.toMatchObject({ name: "CommandError", message: text });
  });
});

describe("guest-set-vcpus", () => {
  it("writes what is to be changed, and nothing else", async () => {
    const { files, set } = guest(FOUR);
    expect(await set(item(0, true), item(1, false), item(2, true), item(10, true))).toBe(4);
    expect(files.written).toEqual([`${FOLDER}/cpu1//online = 0`, `${FOLDER}/cpu10//online = 1`]);
  });

  it("does the same processor again and again", async () => {
    const { files, set } = guest(FOUR);
    expect(await set(item(1, false), item(1, true), item(1, false))).toBe(3);
    expect(files.written).toHaveLength(3);
    expect(await files.readText(`${FOLDER}/cpu1/online`)).toBe("0");
  });

  it("doesn't care what the client thinks of can-offline", async () => {
    const { files, set } = guest(FOUR);
    expect(await set(item(1, false, { "can-offline": false }))).toBe(1);
    expect(files.written).toEqual([`${FOLDER}/cpu1//online = 0`]);
    await expect(set(item(0, false, { "can-offline": true }))).rejects.toThrow("logical processor #0 can't be offlined");
  });

  it("of nothing is nothing", async () => expect(await guest(FOUR).set()).toBe(0));

  it.each([
    [item(0, false), "logical processor #0 can't be offlined"],
    [item(99, true), `open("${FOLDER}/cpu99/"): No such file or directory`],
    [item(-1, true), `open("${FOLDER}/cpu-1/"): No such file or directory`],
    [item(2n ** 63n - 1n, true), `open("${FOLDER}/cpu9223372036854775807/"): No such file or directory`],
  ])("$1", async (first, text) => {
    const { files, set } = guest(FOUR);
    await expect(set(first, item(1, false))).rejects.toMatchObject({ name: "CommandError", message: text });
    expect(files.written).toEqual([]);
  });

  it("stops at the first that fails, says how many were done, and logs why", async () => {
    const { files, set, log } = guest(FOUR);
    expect(await set(item(1, false), item(0, false), item(2, false))).toBe(1);
    expect(files.written).toEqual([`${FOLDER}/cpu1//online = 0`]);
    expect(log.lines).toEqual(["warning: guest-set-vcpus: 1 of 3 done: logical processor #0 can't be offlined"]);
  });

  it.each([
    ["open", `open("${FOLDER}/cpu1//online"): Device or resource busy`],
    ["write", `pwrite("${FOLDER}/cpu1//online"): Device or resource busy`],
  ])("tells why the kernel refuses at %s", async (call, text) => {
    const { files, set } = guest(FOUR);
    files.writeText = () => Promise.reject(new OsError(denied.code, denied.errno, denied.message, call));
    await expect(set(item(1, false))).rejects.toMatchObject({ name: "CommandError", message: text });
  });
});

describe("guest-get-cpustats", () => {
  const times = (stat: FakeFile | undefined, ticksPerSecond = 100) => {
    const files = new FakeFiles(stat === undefined ? {} : { "/proc/stat": stat });
    return commandsOf(cpu, { files, system: { ticksPerSecond: () => ticksPerSecond } })("guest-get-cpustats");
  };

  // Recorded on Debian 12, shortened.
  const STAT = `cpu  936146 0 500608 804448 6175 0 1654 4872 0 0
cpu0 475527 3 258806 387829 2117 1 186 2394 7 9
cpu3 460618 0 241802 416618 4057 0 1468 2477 0 0
intr 25765118 0 0 0
ctxt 53183443
btime 1795410000
softirq 10 0 1
`;

  it("tells every processor that is online", async () => {
    expect(await times(STAT)).toEqual([
      {
        type: "linux",
        cpu: 0,
        user: 4755270,
        nice: 30,
        system: 2588060,
        idle: 3878290,
        iowait: 21170,
        irq: 10,
        softirq: 1860,
        steal: 23940,
        guest: 70,
        guestnice: 90,
      },
      expect.objectContaining({ cpu: 3, user: 4606180, guestnice: 0 }),
    ]);
  });

  it.each([
    [4, ["type", "cpu", "user", "nice", "system", "idle"]],
    [5, ["type", "cpu", "user", "nice", "system", "idle", "iowait"]],
    [8, ["type", "cpu", "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal"]],
    [10, ["type", "cpu", "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice"]],
    [12, ["type", "cpu", "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "guest", "guestnice"]],
  ])("%i columns", async (columns, members) => {
    const [first] = (await times(`cpu0 ${Array(columns).fill("1").join(" ")}\n`)) as object[];
    expect(Object.keys(first ?? {})).toEqual(members);
  });

  it("is exact beyond 2^53, and for other clocks than 100 ticks a second", async () => {
    expect(await times("cpu0 1844674407370955161 900719925474099 3 4\n")).toMatchObject([
      { user: 18446744073709551610n, nice: 9007199254740990 },
    ]);
    expect(await times("cpu0 1 2 3 1024\n", 1024)).toMatchObject([{ user: 0, nice: 1, system: 2, idle: 1000 }]);
  });

  it("passes over lines that it doesn't know", async () => {
    expect(await times("cpu0 1 2 3\ncpu1 1 2 3 x\ncpux 1 2 3 4\ncpu\ncpu2 -1 2 3 4\n\n\0\ncpu7 1 2 3 4")).toMatchObject([{ cpu: 7 }]);
  });

  it("takes any text", () => {
    const piece = fc.constantFrom("cpu", "0", "18446744073709551616", " ", "\n", "\t", "-", "x", " 1 2 3 4");
    const hostile = fc.array(piece).map((pieces) => pieces.join(""));
    fc.assert(fc.property(fc.oneof(fc.string(), hostile), (text) => Array.isArray(parseCpuTimes(text, 100))));
  });

  it("tells why it can't be read", async () => {
    await expect(times(undefined)).rejects.toMatchObject({
      name: "CommandError",
      message: 'open("/proc/stat"): No such file or directory',
    });
  });
});

describe("guest-get-load", () => {
  it("answers the three averages", async () => {
    expect(await guest({}).run("guest-get-load")).toEqual({ load1m: 0.5, load5m: 1, load15m: 12.25 });
  });
});
