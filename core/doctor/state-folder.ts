/** Whether the agent can keep its state, and nobody else can change it. */
import { type Check, type Finding, ok, problem, warning } from "./check.ts";
import type { Machine } from "./machine.ts";

const MIB = 1024 * 1024;
const NEEDED_BYTES = MIB;
const SCARCE_BYTES = 16 * MIB;

export const stateFolderCheck: Check = {
  name: "state-folder",
  on: ["linux", "darwin"],
  look: ({ machine, settings: { stateDirectory: folder } }) => {
    const status = machine.status(folder);
    const other = "or name another with --statedir";
    if (status === undefined) return [problem(`${folder} is not there`, `'mkdir -p ${folder}', ${other}`)];
    if (status.kind !== "folder") return [problem(`${folder} is no folder`, `move it away, ${other}`)];
    const found: Finding[] = [];
    if ((status.mode & 0o002) !== 0 && (status.mode & 0o1000) === 0)
      found.push(problem(`every user can write to ${folder}`, `'chmod o-w ${folder}', ${other}`));
    else if (status.uid !== 0 && status.uid !== machine.uid)
      found.push(warning(`${folder} is owned by user ${status.uid}, who can change the agent's state`, `'chown root ${folder}', ${other}`));
    if (isReadOnly(machine, folder))
      found.push(problem(`${folder} is on a file system that is mounted read-only`, `mount it for writing, ${other}`));
    found.push(...space(machine, folder), ...mark(machine, folder));
    return found.length > 0 ? found : [ok(`${folder} is there and has room`)];
  },
};

function space(machine: Machine, folder: string): Finding[] {
  const room = machine.space(folder);
  if (room === undefined) return [];
  const { freeBytes, files, freeFiles } = room;
  const advice = "make room, or name a folder on another file system with --statedir";
  if (freeBytes < NEEDED_BYTES) return [problem(`the file system of ${folder} is full`, advice)];
  if (files > 0 && freeFiles === 0) return [problem(`the file system of ${folder} has no room for another file`, advice)];
  return freeBytes < SCARCE_BYTES ? [warning(`the file system of ${folder} has ${Math.floor(freeBytes / MIB)} MiB left`, advice)] : [];
}

function mark(machine: Machine, folder: string): Finding[] {
  if (machine.status(`${folder}/qga.state.isfrozen`) === undefined) return [];
  return [
    warning(
      `${folder}/qga.state.isfrozen is there: file systems are frozen, or were when an agent ended`,
      "if no backup is at work: 'guest-fsfreeze-thaw' from the host; the agent thaws by itself when its lease is over",
    ),
  ];
}

/** By the mount that is the nearest above, the last one where several are at one place. */
function isReadOnly(machine: Machine, folder: string): boolean {
  let nearest = { point: "", options: "" };
  for (const line of (machine.read("/proc/self/mountinfo") ?? "").split("\n")) {
    const [, , , , point = "", options = ""] = line.split(" ");
    const inside = point === "/" || folder === point || folder.startsWith(`${point}/`);
    if (point !== "" && inside && point.length >= nearest.point.length) nearest = { point, options };
  }
  return nearest.options.split(",").includes("ro");
}
