/**
 * Mounts images, asks our commands and qemu-ga about them, and prints both as JSON: `scenario.ts DIR AGENT...`, in a mount namespace of
 * its own. AGENT is qemu-ga's argument vector, or nothing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { LinuxFiles } from "../../../core/os/linux/files.ts";
import { LinuxMounts } from "../../../core/os/linux/mounts.ts";
import { LinuxStorage } from "../../../core/os/linux/storage.ts";
import { OsError } from "../../../core/plugin.ts";
import storage from "../../../plugins/storage/index.ts";
import { commandsOf } from "../../unit/run-command.ts";
import { serve } from "../program.ts";

const [, , directory = "", ...agent] = process.argv;
if (!directory.startsWith("/tmp/lodger-storage-")) throw new Error("not a directory of this test");

const LIMIT_MS = 300;

function image(name: string, megabytes: number, make: readonly string[]): string {
  const path = join(directory, name);
  writeFileSync(path, "");
  truncateSync(path, megabytes * 1024 * 1024);
  const [program = "", ...args] = make;
  execFileSync(program, [...args, path], { stdio: ["ignore", "ignore", "inherit"] });
  return path;
}

function mount(path: string, name: string, options: string): string {
  const mountPoint = join(directory, name);
  mkdirSync(mountPoint);
  execFileSync("mount", ["-o", options, path, mountPoint]);
  return mountPoint;
}

function mountAll(): string[] {
  const small = image("small.img", 24, ["mkfs.ext4", "-q", "-b", "1024", "-m", "10"]);
  const plain = image("plain.img", 16, ["mkfs.ext4", "-q", "-O", "^has_journal"]);
  const xfs = image("xfs.img", 304, ["mkfs.xfs", "-q"]);
  const mountPoints = [
    mount(small, "a place with spaces, \u00e9 and \\", "loop"),
    mount(plain, "read-only", "loop,ro"),
    mount(xfs, "xfs", "loop"),
  ];
  writeFileSync(join(mountPoints[0] ?? "", "used"), Buffer.alloc(3_000_000));
  mount(mountPoints[0] ?? "", "bound", "bind");
  return mountPoints;
}

/** In bytes, by another program's reading of the same call. */
function stated(mountPoint: string): { total: number; free: number; available: number } {
  const [unit = 0, blocks = 0, free = 0, available = 0] = execFileSync("stat", ["-f", "-c", "%S %b %f %a", mountPoint], {
    encoding: "utf8",
  })
    .split(" ")
    .map(Number);
  return { total: blocks * unit, free: free * unit, available: available * unit };
}

const COMMANDS = ["guest-get-disks", "guest-get-fsinfo", "guest-get-diskstats"] as const;

async function ours(): Promise<Record<string, unknown>> {
  const run = commandsOf(storage, { files: new LinuxFiles(), mounts: new LinuxMounts(), storage: new LinuxStorage() });
  const answers: Record<string, unknown> = {};
  for (const command of COMMANDS) answers[command] = await run(command);
  return answers;
}

async function theirs(): Promise<Record<string, unknown> | undefined> {
  if (agent.length === 0) return undefined;
  const [program = "", ...args] = agent;
  const socket = join(directory, "agent.sock");
  const running = serve([program, ...args], socket, ["-m", "unix-listen", "-p", socket, "-t", directory]);
  try {
    const answers: Record<string, unknown> = {};
    for (const execute of COMMANDS) answers[execute] = ((await running.ask({ execute })) as { return: unknown }).return;
    return answers;
  } finally {
    await running.end();
  }
}

/** A file system whose server never answers. */
async function hanging() {
  const server = openSync("/dev/fuse", "r+");
  const mountPoint = join(directory, "hanging");
  mkdirSync(mountPoint);
  const options = ["-i", "-t", "fuse", "-o", "fd=3,rootmode=40000,user_id=0,group_id=0", "nobody", mountPoint];
  const mounted = spawnSync("mount", options, { stdio: ["ignore", "inherit", "inherit", server] });
  if (mounted.status !== 0) throw new Error("there is no FUSE");
  const devices = new LinuxStorage(LIMIT_MS);
  const ask = async (path: string) => {
    const started = performance.now();
    const failure = await devices.space(path).then(
      () => "none",
      (error: unknown) => (error instanceof OsError ? error.code : String(error)),
    );
    return { failure, milliseconds: performance.now() - started };
  };
  const late = await Promise.all([ask(mountPoint), ask(mountPoint)]);
  const again = await ask(mountPoint);
  const other = await ask(directory);
  closeSync(server); // which ends the wait
  while ((await ask(mountPoint)).failure === "ETIMEDOUT") await nextTurn();
  return { late, again, other, gone: (await ask(mountPoint)).failure };
}

const mountPoints = mountAll();
const before = mountPoints.map(stated);
const answers = { ours: await ours(), theirs: await theirs() };
process.stdout.write(JSON.stringify({ mountPoints, stated: before, ...answers, hanging: await hanging() }));
