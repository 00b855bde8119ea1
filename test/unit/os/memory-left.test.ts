import { describe, expect, it } from "vitest";
import { memoryLeft } from "../../../core/os/linux/memory-left.ts";

const MIB = 1024 * 1024;
const RESERVE = 8 * MIB;

/** @param files by path; all others aren't there. */
function left(files: Readonly<Record<string, string>>): number | undefined {
  return memoryLeft((path) => {
    const text = files[path];
    if (text === undefined) throw new Error("ENOENT");
    return text;
  });
}

const MACHINE = { "/proc/meminfo": `MemTotal: 900000 kB\nMemFree: 1 kB\nMemAvailable:  ${500 * 1024} kB\nSwapFree:  ${100 * 1024} kB\n` };

function group(folder: string, limit: number | "max", usage: number, cached = 0) {
  return {
    [`${folder}/memory.max`]: `${limit}\n`,
    [`${folder}/memory.current`]: `${usage}\n`,
    [`${folder}/memory.stat`]: `anon 1\nfile ${cached}\ninactive_file ${cached}\nactive_file 0\n`,
  };
}

describe("the memory that is left", () => {
  it("is the machine's with its swap, less a reserve", () => {
    expect(left(MACHINE)).toBe(600 * MIB - RESERVE);
  });

  it("can't be told without /proc", () => {
    expect(left({})).toBeUndefined();
  });

  it("is the least of all groups above the agent, and what is cached is counted as free", () => {
    const service = "/sys/fs/cgroup/system.slice/lodger.service";
    const files = {
      ...MACHINE,
      "/proc/self/cgroup": "0::/system.slice/lodger.service\n",
      ...group(service, 100 * MIB, 60 * MIB, 20 * MIB),
    };
    expect(left(files)).toBe(60 * MIB - RESERVE);
    expect(left({ ...files, ...group("/sys/fs/cgroup/system.slice", 200 * MIB, 150 * MIB) })).toBe(50 * MIB - RESERVE);
    expect(left({ ...files, ...group(service, "max", 60 * MIB) })).toBe(600 * MIB - RESERVE);
  });

  it("is nothing where a group is full", () => {
    expect(left({ ...MACHINE, "/proc/self/cgroup": "0::/\n", ...group("/sys/fs/cgroup", 64 * MIB, 64 * MIB) })).toBe(0);
  });

  it("knows groups of the first version", () => {
    const folder = "/sys/fs/cgroup/memory/lodger";
    const files = {
      "/proc/self/cgroup": "5:cpu,cpuacct:/elsewhere\n4:memory:/lodger\n0::/\n",
      [`${folder}/memory.limit_in_bytes`]: `${64 * MIB}\n`,
      [`${folder}/memory.usage_in_bytes`]: `${30 * MIB}\n`,
      [`${folder}/memory.stat`]: `inactive_file ${9 * MIB}\ntotal_inactive_file ${2 * MIB}\ntotal_active_file ${MIB}\n`,
      "/sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
      "/sys/fs/cgroup/memory/memory.usage_in_bytes": `${300 * MIB}\n`,
    };
    expect(left({ ...MACHINE, ...files })).toBe(37 * MIB - RESERVE);
  });
});
