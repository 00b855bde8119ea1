/**
 * How much memory the agent can still take before the kernel ends a process for it. Pages are only given when they are written to, so an
 * allocation beyond that succeeds, and its use is the end: who allocates much has to look before.
 */
import { readFileSync } from "node:fs";

/** For what else happens meanwhile: sockets' buffers, the heap. */
const RESERVE_BYTES = 8 * 1024 * 1024;
const KIB = 1024;

/** A kind of control groups: where its groups are, and what the files of one are called. */
interface Kind {
  readonly folders: readonly string[];
  readonly limit: string;
  readonly usage: string;
  /** Of the usage, what the kernel takes back before it ends anything. */
  readonly reclaimable: RegExp;
}

const SECOND: Kind = {
  folders: ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"],
  limit: "memory.max",
  usage: "memory.current",
  reclaimable: /^(?:in)?active_file (\d+)$/gm,
};
const FIRST: Kind = {
  folders: ["/sys/fs/cgroup/memory"],
  limit: "memory.limit_in_bytes",
  usage: "memory.usage_in_bytes",
  reclaimable: /^total_(?:in)?active_file (\d+)$/gm,
};

/** @param readText throws for a file that isn't there. */
export type ReadText = (path: string) => string;

/** @returns bytes, of the machine or of the control group that has least; undefined where the kernel doesn't tell. */
export function memoryLeft(readText: ReadText = (path) => readFileSync(path, "latin1")): number | undefined {
  const left = [ofMachine(readText), ...ofGroups(readText)].filter((bytes) => bytes !== undefined);
  return left.length === 0 ? undefined : Math.max(0, Math.min(...left) - RESERVE_BYTES);
}

function ofMachine(readText: ReadText): number | undefined {
  const text = tried(readText, "/proc/meminfo") ?? "";
  const [available, swap] = ["MemAvailable", "SwapFree"].map((name) => new RegExp(`^${name}:\\s+(\\d+) kB$`, "m").exec(text)?.[1]);
  return available === undefined ? undefined : (Number(available) + Number(swap ?? 0)) * KIB;
}

function* ofGroups(readText: ReadText): Generator<number | undefined> {
  for (const line of (tried(readText, "/proc/self/cgroup") ?? "").split("\n")) {
    // "4:memory:/system.slice/lodger.service", and "0::/…" of the second version.
    const [, controllers, path = ""] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? [];
    const kind = controllers === "" ? SECOND : controllers?.split(",").includes("memory") ? FIRST : undefined;
    if (kind === undefined) continue;
    for (const folder of kind.folders) {
      for (let group = path.replace(/\/$/, ""); group !== ""; group = group.slice(0, group.lastIndexOf("/"))) {
        yield ofGroup(readText, `${folder}${group}`, kind);
      }
      // The root of what a container sees is a group like any other.
      yield ofGroup(readText, folder, kind);
    }
  }
}

function ofGroup(readText: ReadText, folder: string, kind: Kind): number | undefined {
  const [limit, usage] = [kind.limit, kind.usage].map((name) => Number.parseInt(tried(readText, `${folder}/${name}`) ?? "", 10));
  if (limit === undefined || usage === undefined || Number.isNaN(limit) || Number.isNaN(usage)) return undefined; // "max" is no number
  const cached = [...(tried(readText, `${folder}/memory.stat`) ?? "").matchAll(kind.reclaimable)];
  return limit - usage + cached.reduce((sum, [, bytes]) => sum + Number(bytes), 0);
}

function tried(readText: ReadText, path: string): string | undefined {
  try {
    return readText(path);
  } catch {
    return undefined;
  }
}
