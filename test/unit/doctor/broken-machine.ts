/** A machine of plain values, for checks that look at one: healthy, but for what a test changes. */
import { posix } from "node:path";
import { NO_SETTINGS } from "../../../core/config/no-settings.ts";
import type { Check, Finding, Subject } from "../../../core/doctor/check.ts";
import { examine } from "../../../core/doctor/checks.ts";
import { Denied, type FileFacts, type Machine } from "../../../core/doctor/machine.ts";

/** Text of a file, or what else there is at a path; undefined takes away what the healthy machine has. */
export type Thing = string | { readonly link: string } | Partial<FileFacts> | "DENIED" | undefined;
export type Tree = Readonly<Record<string, Thing>>;

export interface World {
  readonly tree?: Tree;
  /** What programs print, by their name. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly machine?: Partial<Machine>;
  readonly settings?: Partial<Subject["settings"]>;
  readonly subject?: Partial<Omit<Subject, "machine" | "settings">>;
}

export const NOW = Date.parse("2026-11-23T12:00:00Z");
export const PORT = "/dev/virtio-ports/org.qemu.guest_agent.0";
const MIB = 1024 * 1024;

const command = (...argv: readonly string[]): string => `${argv.join("\0")}\0`;
export const RUNNING = (pid: number, ...argv: readonly string[]): Tree => ({
  [`/proc/${pid}/cmdline`]: command(...argv),
  [`/proc/${pid}/status`]: "State:\tS (sleeping)\nVmRSS:\t   50000 kB\nCapEff:\t000001ffffffffff\n",
  [`/proc/${pid}/limits`]: "Max open files            1024                 524288               files\n",
});

/** A guest in which nothing is wrong. */
const HEALTHY: Tree = {
  [PORT]: { link: "/dev/vport1p1" },
  "/dev/vport1p1": { kind: "device", mode: 0o600 },
  "/dev/rtc0": { kind: "device", mode: 0o600 },
  "/sys/class/rtc/rtc0/since_epoch": String(NOW / 1000),
  "/var/run": { kind: "folder", mode: 0o755 },
  "/proc/self/mountinfo": "22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n23 22 0:20 / /run rw - tmpfs tmpfs rw\n",
  "/proc/meminfo": "MemTotal: 1000000 kB\nMemAvailable:     900000 kB\n",
  "/proc/sys/kernel/osrelease": "6.1.0-42-cloud-amd64\n",
  "/proc/700/fd/3": { link: "/dev/vport1p1" },
  "/proc/700/cgroup": "0::/system.slice/lodger.service\n",
  ...RUNNING(700, "/usr/local/sbin/lodger"),
  "/run/systemd/system": { kind: "folder" },
  "/sys/module/apparmor/parameters/enabled": "Y\n",
};

const SYSTEMD =
  "LoadState=loaded\nActiveState=active\nSubState=running\nResult=success\nUnitFileState=enabled\nNRestarts=0\nUser=\nProtectSystem=no\nDevicePolicy=auto\n";

function machineOf({ tree = {}, programs = {}, machine = {} }: World): Machine {
  const things = new Map(Object.entries({ ...HEALTHY, ...tree }).filter(([, thing]) => thing !== undefined));
  const said = new Map(Object.entries({ systemctl: SYSTEMD, journalctl: "", ...programs }));
  const at = (path: string): Thing => {
    const thing = things.get(path);
    if (thing === "DENIED") throw new Denied(path);
    return thing;
  };
  const real = (path: string): string | undefined => {
    const thing = at(path);
    if (typeof thing === "object" && "link" in thing) return real(posix.resolve(posix.dirname(path), thing.link));
    return thing !== undefined || list(path).length > 0 ? path : undefined;
  };
  const list = (path: string): string[] => {
    at(path);
    const below = [...things.keys()].filter((each) => each.startsWith(`${path}/`));
    return [...new Set(below.map((each) => each.slice(path.length + 1).split("/", 1)[0] ?? ""))];
  };
  return {
    platform: "linux",
    pid: 999,
    uid: 0,
    read: (path) => {
      const thing = at(real(path) ?? path);
      return typeof thing === "string" ? thing : undefined;
    },
    list,
    link: (path) => {
      const thing = at(path);
      return typeof thing === "object" && "link" in thing ? thing.link : undefined;
    },
    real,
    status: (path) => {
      const where = real(path);
      if (where === undefined) return undefined;
      const thing = at(where);
      const kind = typeof thing === "string" ? "file" : "folder";
      return { kind, uid: 0, gid: 0, mode: 0o755, ...(typeof thing === "object" ? thing : {}) };
    },
    space: () => ({ freeBytes: 900 * MIB, files: 1000, freeFiles: 900 }),
    tell: async (program) => said.get(program),
    now: () => NOW,
    isClockSynchronized: () => true,
    glibc: () => "2.36",
    ...machine,
  };
}

export function subjectOf(world: World = {}): Subject {
  return {
    machine: machineOf(world),
    settings: { ...NO_SETTINGS, method: "virtio-serial", path: PORT, stateDirectory: "/var/run", ...world.settings },
    configuration: { errors: [], warnings: [], files: ["/etc/lodger/lodger.toml"] },
    plugins: async () => [],
    commands: async () => ({ count: 45, unsupported: new Map(), refused: [] }),
    plan: async () => ({ freeze: [{ mountpoints: ["/"] }], "left-out": [] }),
    ping: async () => undefined,
    ...world.subject,
  };
}

/** What one check finds. */
export async function found(check: Check, world: World = {}): Promise<readonly Finding[]> {
  const [result] = await examine(subjectOf(world), [check]);
  return result?.findings ?? [];
}
