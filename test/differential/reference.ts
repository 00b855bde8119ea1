/**
 * The agents that ours is compared with: the installed qemu-ga, and newer ones from Debian's later suites, unpacked into a cache and started
 * with their own loader and libraries, so nothing of them is installed. apt itself downloads them and checks the archive's signatures.
 *
 * `node test/differential/reference.ts` fills the cache and prints what there is.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Which generation of texts an agent speaks. "current" is what ours must speak. */
export type Generation = "7.2" | "current" | "11";

export interface Reference {
  readonly version: string;
  readonly generation: Generation;
  /** Argument vector without any option. */
  readonly command: readonly string[];
}

interface Source {
  readonly name: string;
  readonly suites: readonly string[];
  /** The suite that the agent itself comes from. */
  readonly from: string;
}

const INSTALLED = "/usr/sbin/qemu-ga";
const CACHE = process.env.LODGER_REFERENCE_CACHE ?? "/var/cache/lodger/reference";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/** The first speaks the texts of 10.x; the second is newer than the level we claim, so that the two enclose it. */
const SOURCES: readonly Source[] = [
  { name: "trixie", suites: ["trixie"], from: "trixie" },
  { name: "trixie-backports", suites: ["trixie", "trixie-backports"], from: "trixie-backports" },
];

export interface Available {
  /** The one to be most like first. */
  readonly found: readonly Reference[];
  /** What there is not, and why. */
  readonly missing: readonly string[];
}

let available: Promise<Available> | undefined;

/** @returns the agents that can be started here; the first call fills the cache. */
export function references(): Promise<Available> {
  available ??= look();
  return available;
}

async function look(): Promise<Available> {
  const found: Reference[] = [];
  const missing: string[] = [];
  for (const source of SOURCES) {
    try {
      found.push(await describe(await unpacked(source)));
    } catch (error) {
      missing.push(`${source.name}: ${error instanceof Error ? error.message.trim() : error}`);
    }
  }
  if (existsSync(INSTALLED)) found.push(await describe([INSTALLED]));
  else missing.push(`${INSTALLED} is not installed (package qemu-guest-agent)`);
  return { found: found.filter((one, index) => found.findIndex((other) => other.version === one.version) === index), missing };
}

async function describe(command: readonly string[]): Promise<Reference> {
  const [file = "", ...args] = command;
  const { stdout } = await run(file, [...args, "-V"]);
  const version = /(\d+)\.(\d+)\.\d+/.exec(stdout);
  if (!version) throw new Error(`no version in '${stdout.trim()}'`);
  const major = Number(version[1]);
  return { version: version[0], generation: major < 9 ? "7.2" : major > 10 ? "11" : "current", command };
}

async function unpacked(source: Source): Promise<readonly string[]> {
  const target = join(CACHE, source.name);
  if (!existsSync(target)) {
    // Elsewhere first: an interrupted download must not look like a complete one.
    const building = `${target}.${process.pid}`;
    await rm(building, { recursive: true, force: true });
    try {
      await download(source, building);
      await rename(join(building, "root"), target);
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  }
  const libraries = join(target, "usr/lib/x86_64-linux-gnu");
  return [join(libraries, "ld-linux-x86-64.so.2"), "--library-path", libraries, join(target, "usr/sbin/qemu-ga")];
}

async function download(source: Source, folder: string): Promise<void> {
  for (const each of ["state/lists/partial", "cache/archives/partial", "root"]) await mkdir(join(folder, each), { recursive: true });
  const mirror = await mirrorOfThisMachine();
  const lines = source.suites.map((suite) => `deb [signed-by=${KEYRING}] ${mirror} ${suite} main\n`);
  await writeFile(join(folder, "sources.list"), lines.join(""));
  await writeFile(join(folder, "status"), "");
  const options = {
    "Dir::Etc::sourcelist": join(folder, "sources.list"),
    "Dir::Etc::sourceparts": "/dev/null",
    "Dir::Etc::preferences": "/dev/null",
    "Dir::Etc::preferencesparts": "/dev/null",
    "Dir::State": join(folder, "state"),
    // An empty system, so that every library is fetched, whatever is installed here.
    "Dir::State::status": join(folder, "status"),
    "Dir::Cache": join(folder, "cache"),
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "root",
  };
  const apt = (...args: string[]) =>
    run("apt-get", [...Object.entries(options).flatMap(([key, value]) => ["-o", `${key}=${value}`]), ...args]);
  await apt("-q", "update", "--error-on=any");
  await apt("-qy", "--download-only", "install", `qemu-guest-agent/${source.from}`);
  const archives = join(folder, "cache/archives");
  for (const name of await readdir(archives)) {
    if (name.endsWith(".deb")) await run("dpkg-deb", ["-x", join(archives, name), join(folder, "root")]);
  }
}

/** Where apt of this machine has Debian from. */
async function mirrorOfThisMachine(): Promise<string> {
  const folder = "/etc/apt/sources.list.d";
  const files = existsSync(folder) ? (await readdir(folder)).sort().map((name) => join(folder, name)) : [];
  if (existsSync("/etc/apt/sources.list")) files.unshift("/etc/apt/sources.list");
  for (const file of files) {
    const text = await readFile(file, "utf8");
    if (!/debian/i.test(text)) continue;
    const found = file.endsWith(".sources")
      ? /^URIs:\s*(\S*\/debian\/?)\s*$/m.exec(text)
      : /^deb\s+(?:\[[^\]]*\]\s+)?(\S*\/debian\/?)\s/m.exec(text);
    if (found?.[1]) return found[1];
  }
  throw new Error("apt has no Debian mirror on this machine");
}

if (import.meta.main) {
  const { found, missing } = await references();
  for (const each of found) console.log(`${each.version} (${each.generation}): ${each.command.join(" ")}`);
  for (const each of missing) console.log(`missing: ${each}`);
}
