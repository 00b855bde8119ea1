/**
 * File systems on images, mounted below one folder in a mount namespace of their own, and what writes to them. Nothing outside of that
 * folder may freeze: the machine would stand still.
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const SIZES = { ext4: 32, xfs: 304, btrfs: 128 } as const;
/** A scenario that hangs is thawed after this: so long nothing has come from it. */
const WATCHDOG_SECONDS = 45;
const BESIDE = join(import.meta.dirname, "../freeze-loop");

/** @returns the folder that a scenario was given. @throws Error if it is not one of these tests'. */
export function ownFolder(folder: string | undefined): string {
  if (folder?.startsWith("/tmp/lodger-freeze-") !== true) throw new Error("not a folder of these tests");
  return folder;
}

export class Images {
  readonly folder: string;
  readonly #mounted: string[] = [];
  readonly #watchdogs: ChildProcess[] = [];
  readonly #writers: Writer[] = [];

  constructor(folder: string) {
    this.folder = ownFolder(folder);
  }

  /** Makes one and mounts it, as NAME; a watchdog thaws it whatever happens. @param on where its image lies. */
  async add(type: keyof typeof SIZES, name: string, on = this.folder): Promise<string> {
    const mountPoint = join(this.folder, name);
    const image = join(on, `${name}.img`);
    mkdirSync(mountPoint, { recursive: true });
    writeFileSync(image, "");
    truncateSync(image, SIZES[type] * 1024 * 1024 * (on === this.folder && type === "ext4" ? 3 : 1));
    execFileSync(`mkfs.${type}`, ["-q", image]);
    execFileSync("mount", ["-o", "loop", image, mountPoint]);
    this.#mounted.push(mountPoint);
    await this.#watch(mountPoint);
    return mountPoint;
  }

  /** Mounts a folder a second time, as NAME. */
  bind(mountPoint: string, name: string): string {
    const again = join(this.folder, name);
    mkdirSync(again);
    execFileSync("mount", ["--bind", mountPoint, again]);
    this.#mounted.push(again);
    return again;
  }

  unmount(mountPoint: string): void {
    execFileSync("umount", [mountPoint]);
    this.#mounted.splice(this.#mounted.indexOf(mountPoint), 1);
  }

  /** Starts something that writes there without a pause. */
  async writeTo(...mountPoints: string[]): Promise<Writer[]> {
    const writers = mountPoints.map((mountPoint) => new Writer(mountPoint));
    this.#writers.push(...writers);
    await Promise.all(writers.map((writer) => writer.next()));
    return writers;
  }

  /** Tells the watchdogs that nothing hangs: a thaw of theirs between a freeze and its thaw would look like a fault of the agent. */
  goOn(): void {
    for (const watchdog of this.#watchdogs) watchdog.stdin?.write(".");
  }

  /** Ends all writers and unmounts everything: nothing may be frozen any more. */
  async close(): Promise<void> {
    for (const watchdog of this.#watchdogs) watchdog.stdin?.end();
    await Promise.all(this.#watchdogs.map((watchdog) => watchdog.exitCode ?? once(watchdog, "exit")));
    await Promise.all(this.#writers.map((writer) => writer.end()));
    for (const mountPoint of this.#mounted.toReversed()) execFileSync("umount", ["--lazy", mountPoint]);
  }

  async #watch(mountPoint: string): Promise<void> {
    const watchdog = spawn(process.execPath, [join(BESIDE, "watchdog.ts"), String(WATCHDOG_SECONDS), mountPoint], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#watchdogs.push(watchdog);
    await once(watchdog.stdout, "data");
  }
}

export class Writer {
  readonly #process: ChildProcess;
  writes = 0;

  constructor(mountPoint: string) {
    this.#process = spawn(process.execPath, [join(BESIDE, "writer.ts"), join(mountPoint, `written-${Math.random()}`)], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    this.#process.stdout?.on("data", (dots: Buffer) => {
      this.writes += dots.length;
    });
  }

  /** Resolves when a write has come back. */
  async next(): Promise<void> {
    if (this.#process.stdout !== null) await once(this.#process.stdout, "data");
  }

  async end(): Promise<void> {
    this.#process.kill("SIGTERM");
    if (this.#process.exitCode === null && this.#process.signalCode === null) await once(this.#process, "exit");
  }
}

/** Freezes or thaws without the agent. */
export function fsfreeze(action: "freeze" | "unfreeze", mountPoint: string): void {
  execFileSync("fsfreeze", [`--${action}`, mountPoint], { stdio: "pipe" });
}
