/** Guests as they were: sysfs and udev's database, recorded there, and what qemu-ga 10.0.13 answered. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { parseMountInfo } from "../../../core/os/linux/mounts.ts";
import type { Storage } from "../../../core/plugin.ts";
import storage from "../../../plugins/storage/index.ts";
import { type FakeFile, FakeFiles } from "../fake-files.ts";
import { commandsOf, noSuchFile } from "../run-command.ts";

/** A folder, with texts, symbolic links and folders in it in the system's order. */
interface Folder {
  readonly [name: string]: string | Folder | { readonly "->": string };
}

export interface Address {
  readonly "bus-type": string;
  readonly bus: number;
  readonly target: number;
  readonly unit: number;
  readonly "pci-controller": { readonly domain: number; readonly bus: number; readonly slot: number; readonly function: number };
  readonly serial?: string;
  readonly dev?: string;
}

export interface Disk {
  readonly name: string;
  readonly partition: boolean;
  readonly dependencies: readonly string[];
  readonly address?: Address;
  readonly alias?: string;
  readonly smart?: Readonly<Record<string, number | string>>;
}

export interface FileSystem {
  readonly name: string;
  readonly mountpoint: string;
  readonly type: string;
  readonly disk: readonly Address[];
}

export interface Recording {
  readonly about: string;
  readonly tree: Folder;
  readonly "guest-get-disks": readonly Disk[];
  readonly "guest-get-fsinfo": readonly FileSystem[];
}

export function recording(name: string): Recording {
  return JSON.parse(readFileSync(path.join(import.meta.dirname, "storage-recordings", `${name}.json`), "utf8")) as Recording;
}

/** What calls our commands in the recorded guest. */
export function replay({ tree }: Recording, devices: Partial<Storage> = {}, changes: Readonly<Record<string, FakeFile>> = {}) {
  const files = new FakeFiles({ ...Object.fromEntries(flattened(tree, "")), ...changes });
  const mounts = { list: async () => parseMountInfo(await files.readText("/proc/self/mountinfo")) };
  return commandsOf(storage, { files, mounts, storage: { space: nothing, trim: nothing, nvmeHealth: nothing, ...devices } });
}

async function nothing(): Promise<never> {
  throw noSuchFile("open");
}

function* flattened(folder: Folder, at: string): Generator<[string, FakeFile]> {
  const entries = Object.entries(folder);
  if (entries.length === 0) yield [`${at}/`, ""];
  for (const [name, entry] of entries) {
    if (typeof entry === "string") yield [`${at}/${name}`, entry];
    else if (isLink(entry)) yield [`${at}/${name}`, { link: entry["->"] }];
    else yield* flattened(entry, `${at}/${name}`);
  }
}

function isLink(entry: Folder | { readonly "->": string }): entry is { readonly "->": string } {
  return typeof entry["->"] === "string";
}
