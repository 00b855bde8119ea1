/**
 * Recorded systems. Each folder has
 * - `mountinfo`, the text of /proc/self/mountinfo,
 * - `sysfs`, what a table of block devices is read from, a line each: "LINK -> TARGET", "FILE: TEXT" without the text's last line end
 *   and with line ends and backslashes in octal, or "FOLDER/",
 * - `plan.json`, what is expected: mount points as "ID ROOT PATH", what is left out by its reason as "ID PATH TYPE SOURCE".
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LinuxBlockDevices, type SysFiles } from "../../../../core/os/linux/block-devices.ts";
import { LinuxMounts } from "../../../../core/os/linux/mounts.ts";
import type { BlockTable, Mount } from "../../../../core/plugin.ts";
import type { Plan } from "../../../../plugins/fsfreeze/plan-types.ts";

export const RECORDINGS: readonly string[] = readdirSync(import.meta.dirname, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

export function recordedText(name: string, file: "mountinfo" | "sysfs" | "plan.json"): string {
  return readFileSync(join(import.meta.dirname, name, file), "utf8");
}

/** The mounts as the agent lists them, with a /dev made of the same recording's block devices. */
export async function recorded(name: string): Promise<{ mounts: readonly Mount[]; table: BlockTable }> {
  const table = await new LinuxBlockDevices(recordedSys(recordedText(name, "sysfs"))).table();
  const numbers = new Map<string, string>();
  for (const { name, alias, device } of table.devices) {
    numbers.set(`/dev/${name}`, device);
    if (alias !== undefined) numbers.set(`/dev/mapper/${alias}`, device);
  }
  const mounts = await new LinuxMounts({
    readText: () => recordedText(name, "mountinfo"),
    inspect: (path) => {
      const [major, minor] = numbers.get(path)?.split(":").map(Number) ?? [];
      return major === undefined || minor === undefined ? undefined : { kind: "block", major, minor };
    },
  }).list();
  return { mounts, table };
}

export function recordedSys(text: string): SysFiles {
  const files = new Map<string, string>();
  const links = new Map<string, string>();
  const folders = new Map<string, Set<string>>();
  for (const line of text.replace(/\n$/, "").split("\n")) {
    const [, path, target, value] = /^(\S+?)(?: -> (.*)|: (.*)|\/)$/.exec(line) ?? [];
    if (path === undefined) throw new Error(`no line of a recording: ${line}`);
    if (target !== undefined) links.set(path, target);
    if (value !== undefined)
      files.set(path, `${value.replace(/\\(\d{3})/g, (_, digits) => String.fromCharCode(Number.parseInt(digits, 8)))}\n`);
    const names = path.split("/");
    for (let depth = 1; depth < names.length; depth++) {
      const folder = names.slice(0, depth).join("/");
      folders.set(folder, (folders.get(folder) ?? new Set()).add(names[depth] ?? ""));
    }
    if (target === undefined && value === undefined && !folders.has(path)) folders.set(path, new Set());
  }
  return {
    readText: (path) => present(files.get(path), path),
    list: (path) => [...present(folders.get(path), path)],
    link: (path) => present(links.get(path), path),
    loopFileDevice: (name) => present<bigint>(undefined, name),
  };
}

function present<T>(found: T | undefined, path: string): T {
  if (found !== undefined) return found;
  throw Object.assign(new Error(`ENOENT: ${path}`), { code: "ENOENT", errno: -2 });
}

/** All that a plan says, in the form of `plan.json`. */
export function compact({ freeze, leftOut }: Plan) {
  const groups = Map.groupBy(leftOut, ({ reason }) => reason);
  return {
    freeze: freeze.map(({ device, name, source, type, mountPoints, why }) => ({
      fileSystem: [device, name ?? "unknown", source, type].join(" "),
      at: mountPoints.map(({ id, root, mountPoint }) => `${id} ${root} ${mountPoint}`),
      why,
    })),
    leftOut: Object.fromEntries(
      [...groups].map(([reason, mounts]) => [
        reason,
        mounts.map(({ id, mountPoint, type, source }) => `${id} ${mountPoint} ${type} ${source}`),
      ]),
    ),
  };
}
