/** Where the npm packages are that executables are made from, and what their lock files say of them. */
import { execFile } from "node:child_process";
import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { BuildFailure } from "./failure.ts";
import { cache, root, runtimes } from "./paths.ts";
import type { PackedFile, Target } from "./targets.ts";

export interface LockedPackage {
  /** As the registry calls it: `node_modules` may have it under another name. */
  readonly name: string;
  readonly version: string;
  /** As in package-lock.json. */
  readonly integrity: string;
  readonly license?: string;
}

interface LockEntry {
  readonly name?: string;
  readonly version: string;
  readonly integrity?: string;
  readonly license?: string;
}

type Source = PackedFile["from"];

const execute = promisify(execFile);

function folder(from: Source): string {
  return from === "runtimes" ? runtimes : root;
}

export function pathOf({ package: name, file, from }: PackedFile): string {
  return join(folder(from), "node_modules", name, file);
}

/** What brings a package back that is missing or was changed. */
export function remedy(from: Source): string {
  return from === "runtimes" ? `\`npm ci --force --ignore-scripts\` in ${relative(root, runtimes)}` : "`npm ci`";
}

/** What package-lock.json says of a package. @throws BuildFailure if it has no integrity hash for it. */
export async function locked(name: string, from?: Source): Promise<LockedPackage> {
  const file = join(folder(from), "package-lock.json");
  const entry = (await entries(file))[`node_modules/${name}`];
  if (entry?.integrity === undefined) throw new BuildFailure(`${relative(root, file)} has no integrity hash for ${name}`);
  const { version, integrity, license } = entry;
  return { name: entry.name ?? name, version, integrity, ...(license === undefined ? {} : { license }) };
}

/** Installs what these targets are made from, if it isn't there as the lock file has it. */
export async function installRuntimes(targets: readonly Target[]): Promise<void> {
  const needed = targets.flatMap(({ runtime, koffi, maker }) => [runtime, koffi, maker]).some(({ from }) => from === "runtimes");
  if (!needed || (await upToDate())) return;
  await mkdir(cache, { recursive: true });
  try {
    await mkdir(INSTALLING);
  } catch {
    return waitForOther(targets);
  }
  try {
    await install();
  } finally {
    await rm(INSTALLING, { recursive: true, force: true });
  }
}

/** There while somebody installs: tests build at the same time, and npm must not be run twice in one folder. */
const INSTALLING = join(cache, "installing-runtimes");
const ABANDONED_MS = 15 * 60_000;

async function waitForOther(targets: readonly Target[]): Promise<void> {
  for (;;) {
    const status = await stat(INSTALLING).catch(() => undefined);
    if (status === undefined) return installRuntimes(targets);
    if (Date.now() - status.mtimeMs > ABANDONED_MS) {
      throw new BuildFailure(
        `an earlier installation of the runtimes was broken off: remove ${relative(root, INSTALLING)} and build again`,
      );
    }
    await sleep(500);
  }
}

async function install(): Promise<void> {
  const where = relative(root, runtimes);
  console.log(`installing the runtimes of other systems in ${where}, 1.6 GB on disk, once`);
  try {
    // By force, because npm refuses packages of other systems; no script of theirs has to run.
    await execute("npm", ["ci", "--force", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: runtimes });
  } catch (error) {
    const said = error instanceof Error && "stderr" in error ? `:\n${String(error.stderr).trim()}` : "";
    throw new BuildFailure(`npm could not install the runtimes in ${where}${said}`, { cause: error });
  }
}

async function upToDate(): Promise<boolean> {
  const wanted = await entries(join(runtimes, "package-lock.json"));
  // npm's own record of what it has installed.
  const found = await entries(join(runtimes, "node_modules/.package-lock.json")).catch(() => ({}) as Record<string, LockEntry>);
  return Object.entries(wanted).every(([path, { integrity }]) => path === "" || found[path]?.integrity === integrity);
}

async function entries(file: string): Promise<Readonly<Record<string, LockEntry>>> {
  const lock: { packages: Record<string, LockEntry> } = JSON.parse(await readFile(file, "utf8"));
  return lock.packages;
}
