/**
 * A system made for the agents of a case: in a mount namespace of its own every agent sees prepared files where the machine has others.
 * They stand in the agent's private folder, so what an agent changes is its own copy, and can be looked at from outside.
 */
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { type Prepared, prepare, prepareAll, type Tree } from "./prepared.ts";

const run = promisify(execFile);

export interface World {
  /** Texts in place of files that the machine has, by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** In place of folders that the machine has, by absolute path. */
  readonly trees?: Readonly<Record<string, Tree>>;
  /** /etc is a copy of the machine's, as far as accounts need it, with this in it, and with lines added to passwd and shadow. /home and /root are trees then, too. */
  readonly etc?: { readonly tree?: Tree; readonly passwd?: string; readonly shadow?: string };
  /** Block devices that are mounted, by mount point; a tree must have it. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** What of /etc programs need to find users, to check and to set passwords. */
const NEEDED = ["passwd", "shadow", "group", "gshadow", "nsswitch.conf", "login.defs", "pam.conf", "pam.d", "security"].concat([
  "default",
  "ld.so.cache",
  "ld.so.conf",
  "ld.so.conf.d",
  "localtime",
  "timezone",
  "os-release",
  "hosts",
  "host.conf",
  "subuid",
  "subgid",
]);

/** What isolate.ts does, in this order. */
export interface Layout {
  readonly binds: readonly (readonly [source: string, target: string])[];
  readonly mounts: readonly (readonly [device: string, target: string])[];
}

export const LAYOUT = "world.json";

/** Where the copies stand in an agent's private folder. */
function source(base: string, target: string): string {
  return join(base, "world", target.slice(1).replaceAll("/", "+"));
}

function trees(world: World): Record<string, Tree> {
  return { ...(world.etc && { "/home": {}, "/root": {}, "/etc": {} }), ...world.trees };
}

/** Puts the copies into the private folder. */
export async function build(base: string, world: World): Promise<void> {
  await mkdir(join(base, "world"));
  const binds: [string, string][] = [];
  for (const [target, tree] of Object.entries(trees(world))) {
    const folder = source(base, target);
    await mkdir(folder);
    if (target === "/etc") await copyOfEtc(folder, world);
    await prepareAll(folder, tree);
    binds.push([folder, target]);
  }
  for (const [target, text] of Object.entries(world.files ?? {})) {
    await prepare(source(base, target), text);
    binds.push([source(base, target), target]);
  }
  const layout: Layout = { binds, mounts: Object.entries(world.mounts ?? {}).map(([target, device]) => [device, target]) };
  await writeFile(join(base, LAYOUT), JSON.stringify(layout));
}

async function copyOfEtc(folder: string, { etc }: World): Promise<void> {
  const found = NEEDED.map((name) => `/etc/${name}`).filter((path) => existsSync(path));
  await run("cp", ["-a", ...found, folder]);
  await appendFile(join(folder, "passwd"), etc?.passwd ?? "");
  await appendFile(join(folder, "shadow"), etc?.shadow ?? "");
  await prepareAll(folder, etc?.tree ?? {});
}

/** @returns where a file of the agent's system stands in its private folder. @throws Error for one that is not prepared. */
export function located(base: string, world: World, path: string): string {
  const targets = [...Object.keys(trees(world)), ...Object.keys(world.files ?? {})];
  const target = targets.filter((each) => path === each || path.startsWith(`${each}/`)).sort((a, b) => b.length - a.length)[0];
  if (target === undefined) throw new Error(`${path} is the machine's own`);
  return join(source(base, target), path.slice(target.length));
}

/** Changes a system, or files of the working folder, while the agent runs. `null` removes. */
export async function put(base: string, world: World, changes: Readonly<Record<string, Prepared | string | null>>): Promise<void> {
  for (const [path, content] of Object.entries(changes)) {
    const at = path.startsWith("/") ? located(base, world, path) : join(base, "work", path);
    if (content === null) await rm(at, { recursive: true, force: true });
    else await prepare(at, content);
  }
}

/** Empties a folder of a system and fills it anew. */
export async function refill(base: string, world: World, path: string, tree: Tree): Promise<void> {
  const at = located(base, world, path);
  for (const name of await readdir(at)) await rm(join(at, name), { recursive: true, force: true });
  await prepareAll(at, tree);
}
