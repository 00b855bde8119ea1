/**
 * Freezes loop-mounted file systems for real, and prints what happened as JSON: `scenario.ts DIR`, in a mount namespace of its own.
 * Freezing anything outside of DIR is made impossible: the machine would stand still.
 */
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { RecordedLog } from "../../unit/run-command.ts";
import { fencedPlugin } from "./fence.ts";

const [, , directory] = process.argv;
if (directory?.startsWith("/tmp/lodger-freeze-") !== true) throw new Error("not a directory of this test");

const ext4 = join(directory, "ext4");
const xfs = join(directory, "xfs");
const hidden = join(directory, "parent/hidden");

const log = new RecordedLog();
const { state, freezer, freeze, thaw } = fencedPlugin(directory, log);

function mountImage(type: "ext4" | "xfs", mountPoint: string, megabytes: number, on = directory ?? ""): void {
  const image = join(on, `${type}-${megabytes}.img`);
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

/** An image in a file system on an image: the inner one is mounted first, so that the order of mounting alone would be wrong. */
async function freezesImagesFirst() {
  const inner = join(directory ?? "", "inner");
  const outer = join(directory ?? "", "outer");
  mountImage("ext4", outer, 24);
  mountImage("ext4", inner, 12, outer);
  // Mounted again, it comes later in the list than what lies on it.
  const again = join(directory ?? "", "again");
  mkdirSync(again);
  execFileSync("mount", ["--bind", outer, again]);
  execFileSync("umount", ["--lazy", outer]);
  try {
    const writer = script("writer.ts", join(inner, "written"));
    await once(writer.stdout, "data");
    freezer.frozen.length = 0;
    const count = await freeze(inner, again);
    const order = [...freezer.frozen];
    const thawed = await thaw();
    const after = await writesWithin(writer, 300);
    writer.kill("SIGTERM");
    await once(writer, "exit");
    return { count, order, thawed, after };
  } finally {
    await thaw();
    for (const mountPoint of [inner, again]) execFileSync("umount", ["--lazy", mountPoint]);
  }
}

/** While it is frozen, a file system can't be unmounted and lost. */
async function holdsItsMounts() {
  await freeze(ext4);
  const unmounting = spawnSync("umount", [ext4], { encoding: "utf8" });
  const lazily = spawnSync("umount", ["--lazy", ext4], { encoding: "utf8" });
  const thawed = await thaw();
  execFileSync("mount", ["-o", "loop", join(directory ?? "", "ext4-32.img"), ext4]);
  return { unmounting: unmounting.status, lazily: lazily.status, thawed };
}

/** Killed, it can thaw nothing itself. */
async function killedWhileFrozen() {
  const writers = [ext4, xfs].map((mountPoint) => script("writer.ts", join(mountPoint, "written")));
  const agent = script("agent.ts", directory ?? "", ext4, xfs);
  try {
    await Promise.all(writers.map((writer) => once(writer.stdout, "data")));
    const [said] = (await once(agent.stdout, "data")) as [Buffer];
    await sleep(50);
    const whileFrozen = await Promise.all(writers.map((writer) => writesWithin(writer, 200)));
    const killed = performance.now();
    agent.kill("SIGKILL");
    await Promise.all(writers.map((writer) => once(writer.stdout, "data")));
    const milliseconds = performance.now() - killed;
    await until(() => existsSync(join(directory ?? "", "note")));
    return { said: said.toString().trim(), whileFrozen, milliseconds, note: readFileSync(join(directory ?? "", "note"), "utf8") };
  } finally {
    for (const process of [agent, ...writers]) process.kill("SIGTERM");
    await Promise.all(writers.map((writer) => writer.exitCode ?? once(writer, "exit")));
  }
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(10);
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
const watchdog = script(
  "watchdog.ts",
  "40",
  ext4,
  xfs,
  hidden,
  ...["later", "inner", "outer", "again"].map((name) => join(directory, name)),
);
try {
  await once(watchdog.stdout, "data");
  const results = {
    blocksWriters: await blocksWriters(),
    failsHalfWay: await failsHalfWay(),
    freezesImagesFirst: await freezesImagesFirst(),
    killedWhileFrozen: await killedWhileFrozen(),
    holdsItsMounts: await holdsItsMounts(),
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
