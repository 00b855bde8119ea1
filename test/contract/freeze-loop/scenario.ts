/**
 * Freezes loop-mounted file systems for real, and prints what happened as JSON: `scenario.ts DIR`, in a mount namespace of its own.
 * Freezing anything outside of DIR is made impossible: the machine would stand still.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { LinuxFreezer } from "../../../core/os/linux/freezer.ts";
import { LinuxMounts } from "../../../core/os/linux/mounts.ts";
import { type AgentState, type Freezer, OsError } from "../../../core/plugin.ts";
import fsfreeze from "../../../plugins/fsfreeze/index.ts";
import { commandsOf, FakeProcesses, RecordedLog } from "../../unit/run-command.ts";

const [, , directory] = process.argv;
if (directory?.startsWith("/tmp/lodger-freeze-") !== true) throw new Error("not a directory of this test");

const inside = (path: string) => path.startsWith(`${directory}/`);
const ext4 = join(directory, "ext4");
const xfs = join(directory, "xfs");
const hidden = join(directory, "parent/hidden");

class FrozenFlag implements AgentState {
  frozen = false;
  async enterFrozen(): Promise<void> {
    this.frozen = true;
  }
  async leaveFrozen(): Promise<void> {
    this.frozen = false;
  }
  async nextHandle(): Promise<number> {
    return 1000;
  }
}

/** The real one, for mount points of this test only. */
class FencedFreezer implements Freezer {
  readonly #freezer = new LinuxFreezer();
  readonly frozen: string[] = [];

  async freeze(mountPoint: string): Promise<void> {
    if (!inside(mountPoint)) throw new Error(`${mountPoint} must not freeze`);
    await this.#freezer.freeze(mountPoint);
    this.frozen.push(mountPoint.slice(directory?.length));
  }
  async thaw(mountPoint: string): Promise<void> {
    if (!inside(mountPoint)) throw new OsError("EINVAL", 22, "Invalid argument", "thaw");
    await this.#freezer.thaw(mountPoint);
  }
}

const state = new FrozenFlag();
const freezer = new FencedFreezer();
const log = new RecordedLog();
const processes = new FakeProcesses();
const run = commandsOf(fsfreeze, { state, freezer, processes, mounts: new LinuxMounts(), settings: { fsfreezeHook: undefined } });

const thaw = () => run("guest-fsfreeze-thaw", {}, { log });
const freeze = (...mountpoints: string[]) => {
  if (mountpoints.length === 0 || !mountpoints.every(inside)) throw new Error("only with a list of this test's own mount points");
  return run("guest-fsfreeze-freeze-list", { mountpoints }, { log });
};

function mountImage(type: "ext4" | "xfs", mountPoint: string, megabytes: number): void {
  const image = join(directory ?? "", `${type}-${megabytes}.img`);
  mkdirSync(mountPoint, { recursive: true });
  writeFileSync(image, "");
  truncateSync(image, megabytes * 1024 * 1024);
  execFileSync(`mkfs.${type}`, ["-q", image]);
  execFileSync("mount", ["-o", "loop", image, mountPoint]);
}

/** How many writes come back within a time. */
async function writesWithin(writer: ChildProcess, milliseconds: number): Promise<number> {
  let writes = 0;
  const count = (dots: Buffer) => {
    writes += dots.length;
  };
  writer.stdout?.on("data", count);
  await sleep(milliseconds);
  writer.stdout?.off("data", count);
  return writes;
}

const script = (name: string, ...args: string[]) =>
  spawn(process.execPath, [join(import.meta.dirname, name), ...args], { stdio: ["pipe", "pipe", "inherit"] });

async function blocksWriters() {
  const writers = [ext4, xfs].map((mountPoint) => script("writer.ts", join(mountPoint, "written")));
  try {
    await Promise.all(writers.map((writer) => once(writer.stdout, "data")));
    freezer.frozen.length = 0;
    const count = await freeze(ext4, xfs);
    const order = [...freezer.frozen];
    await sleep(50); // what was written before is still in the pipe
    const whileFrozen = await Promise.all(writers.map((writer) => writesWithin(writer, 300)));
    const thawed = await thaw();
    const after = await Promise.all(writers.map((writer) => writesWithin(writer, 300)));
    return { count, order, whileFrozen, thawed, after };
  } finally {
    await thaw();
    for (const writer of writers) writer.kill("SIGTERM");
    await Promise.all(writers.map((writer) => writer.exitCode ?? once(writer, "exit")));
  }
}

/** The second to freeze lies under another mount, so that it can't be opened. */
async function failsHalfWay() {
  mountImage("ext4", hidden, 16);
  mountImage("xfs", join(directory ?? "", "later"), 320);
  execFileSync("mount", ["-t", "tmpfs", "none", join(directory ?? "", "parent")]);
  try {
    const error = await freeze(hidden, join(directory ?? "", "later")).catch((reason: Error) => reason.message);
    return { error, frozen: state.frozen, thawedAfterwards: await thaw() };
  } finally {
    for (const name of ["parent", "parent/hidden", "later"]) execFileSync("umount", [join(directory ?? "", name)]);
  }
}

async function countsOnlyItsOwn() {
  execFileSync("fsfreeze", ["--freeze", ext4]);
  return { frozen: await freeze(ext4, xfs), thawed: await thaw() };
}

/** As when clients were writing in the moment of the freeze: no thread of the pool is left to thaw with. */
async function thawsWithoutThreads() {
  const files = await Promise.all(Array.from({ length: 8 }, (_, index) => open(join(ext4, `stuck-${index}`), "w")));
  await freeze(ext4);
  const writes = files.map((file) => file.write("x"));
  await sleep(50);
  const start = performance.now();
  const thawed = await thaw();
  const milliseconds = performance.now() - start;
  await Promise.all(writes);
  await Promise.all(files.map((file) => file.close()));
  return { thawed, milliseconds };
}

async function manyTimes(times: number) {
  const start = performance.now();
  for (let round = 0; round < times; round++) {
    if ((await freeze(ext4, xfs)) !== 2 || (await thaw()) !== 2) throw new Error(`round ${round} went wrong`);
  }
  return { milliseconds: (performance.now() - start) / times };
}

mountImage("ext4", ext4, 32);
mountImage("xfs", xfs, 304);
const watchdog = script("watchdog.ts", "25", ext4, xfs, hidden, join(directory, "later"));
try {
  await once(watchdog.stdout, "data");
  const results = {
    blocksWriters: await blocksWriters(),
    failsHalfWay: await failsHalfWay(),
    countsOnlyItsOwn: await countsOnlyItsOwn(),
    thawsWithoutThreads: await thawsWithoutThreads(),
    manyTimes: await manyTimes(20),
    log: log.lines.filter((line) => line.startsWith("warning")),
  };
  console.log(JSON.stringify(results));
} finally {
  await thaw();
  watchdog.stdin.end();
  await once(watchdog, "exit");
  for (const mountPoint of [ext4, xfs]) execFileSync("umount", [mountPoint]);
}
