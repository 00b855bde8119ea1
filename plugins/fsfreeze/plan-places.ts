/** On which file system a file lies, by its path. */
import type { Mount } from "../../core/plugin.ts";
import type { FileSystem } from "./plan-file-systems.ts";
import { STACKED } from "./plan-kinds.ts";

/** The file system; or the mount of one that never freezes (memory, network); or undefined if that can't be said. */
export type Place = { readonly fileSystem: FileSystem } | { readonly outside: Mount } | undefined;

/** What is known of the file systems that lie on a file. */
export interface Dependents {
  /** They can't hold the file themselves: they are mounted over the directory that has it. */
  readonly include: (fileSystem: FileSystem) => boolean;
  /** The place of the first of their mounts in the list of mounts. */
  readonly position: number;
}

interface Mounted<T> {
  readonly what: T;
  /** In the list of mounts. */
  readonly position: number;
}

/** What is mounted at one path, each list latest first. */
interface Stack {
  readonly onDevices: Mounted<FileSystem>[];
  readonly others: Mounted<Mount>[];
}

export class Places {
  readonly #stacks = new Map<string, Stack>();

  constructor(mounts: readonly Mount[], fileSystems: readonly FileSystem[]) {
    const of = new Map<Mount, FileSystem>();
    for (const fileSystem of fileSystems) for (const mount of fileSystem.mounts) of.set(mount, fileSystem);
    for (let position = mounts.length - 1; position >= 0; position--) {
      const mount = mounts[position];
      if (mount === undefined) continue;
      let stack = this.#stacks.get(mount.mountPoint);
      if (stack === undefined) {
        stack = { onDevices: [], others: [] };
        this.#stacks.set(mount.mountPoint, stack);
      }
      const fileSystem = of.get(mount);
      if (fileSystem === undefined) stack.others.push({ what: mount, position });
      else stack.onDevices.push({ what: fileSystem, position });
    }
  }

  /**
   * The mount with the longest path above the file counts, and of several there the latest that was mounted before what lies on the file:
   * the kernel tells the path on which the file was opened, and what came later may hide it. But the list isn't always in the order of
   * mounting, since a mount namespace begins with a copy in the order of the tree; so a later one counts if there is no earlier.
   * @param file absolute path.
   */
  placeOf(file: string, dependents: Dependents): Place {
    const seen = new Set<Mount>();
    for (let path = file; ; ) {
      const found = this.#above(path, dependents);
      if (found === undefined || "fileSystem" in found) return found;
      const { outside, rest } = found;
      if (!STACKED.has(outside.type)) return { outside };
      const beneath = outside.type === "overlay" ? outside.upperDirectory : outside.source;
      if (beneath === undefined) return { outside };
      // A directory that isn't of this mount namespace would lead in a circle, as a container's own root does.
      if (!beneath.startsWith("/") || seen.has(outside)) return undefined;
      seen.add(outside);
      path = `${beneath}/${outside.root}/${rest}`.replace(/\/{2,}/g, "/");
    }
  }

  #above(file: string, { include, position }: Dependents) {
    for (let path = file; path !== ""; path = folderOf(path)) {
      const stack = this.#stacks.get(path);
      if (stack === undefined) continue;
      const possible = stack.onDevices.filter(({ what }) => !include(what));
      const holder = possible.find((candidate) => candidate.position < position) ?? possible[0];
      if (holder !== undefined) return { fileSystem: holder.what };
      const outside = stack.others.find((candidate) => candidate.position < position || STACKED.has(candidate.what.type));
      if (outside !== undefined) return { outside: outside.what, rest: file.slice(path.length) };
    }
    return undefined;
  }
}

/** @returns "" above "/", and for what is no absolute path. */
function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return path.slice(0, slash === 0 && path !== "/" ? 1 : Math.max(slash, 0));
}
