/** A folder with what is allowed and what is not, and ways to tell that nothing has changed. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  closeSync,
  fstatSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { openConfined } from "../../../core/os/linux/confined.ts";
import type { Confinement } from "../../../core/os/ports.ts";

export interface World {
  readonly base: string;
  readonly confinement: Confinement;
}

/** `allowed` is where files may be opened; `secret`, and `allowed-not` with its similar name, are not. */
export function makeWorld(): World {
  const base = mkdtempSync("/tmp/lodger-confined-");
  chmodSync(base, 0o755);
  const at = (path: string) => join(base, path);
  for (const folder of ["allowed", "allowed/sub", "allowed/sub/deep", "allowed/empty", "allowed-not", "secret", "secret/sub"])
    mkdirSync(at(folder));
  for (const file of ["allowed/in", "allowed/sub/in", "allowed/sub/deep/in", "allowed/ odd\nnäme", "allowed-not/near"]) {
    writeFileSync(at(file), "inside");
  }
  for (const file of ["allowed-not/near", "secret/secret", "secret/sub/secret", "secret/in"]) writeFileSync(at(file), "secret");
  writeFileSync(at("allowed/two-names"), "secret");
  linkSync(at("allowed/two-names"), at("secret/two-names"));
  writeFileSync(at("allowed/two-inside"), "inside");
  linkSync(at("allowed/two-inside"), at("allowed/sub/two-inside"));
  execFileSync("mkfifo", [at("allowed/fifo"), at("secret/fifo")]);
  const links: Record<string, string> = {
    "allowed/to-in": "in",
    "allowed/to-in-absolute": at("allowed/in"),
    "allowed/to-in-roundabout": "../secret/../allowed/sub/../in",
    "allowed/to-in-slash": "in/",
    "allowed/to-sub": "sub",
    "allowed/to-sub-slash": "sub/",
    "allowed/to-new": "new",
    "allowed/to-secret": "../secret/secret",
    "allowed/to-secret-absolute": at("secret/secret"),
    "allowed/to-secret-folder": "../secret",
    "allowed/to-secret-folder-absolute": at("secret"),
    "allowed/to-new-secret": "../secret/new",
    "allowed/to-new-secret-absolute": at("secret/new"),
    "allowed/to-root": "/",
    "allowed/to-parent": "..",
    "allowed/to-self-root": "/proc/self/root",
    "allowed/to-chain": "chain-1",
    "allowed/chain-1": "sub/chain-2",
    "allowed/sub/chain-2": "../../secret/chain-3",
    "secret/chain-3": at("allowed/chain-4"),
    "allowed/chain-4": "in",
    "allowed/to-chain-out": "chain-out-1",
    "allowed/chain-out-1": "sub/deep/chain-out-2",
    "allowed/sub/deep/chain-out-2": "../../../secret/secret",
    "allowed/circle": "circle-back",
    "allowed/circle-back": "circle",
    "allowed/self": "self",
    "allowed/dangling": "nothing/there",
    "secret/to-in": "../allowed/in",
    "secret/to-allowed": "../allowed",
    "secret/circle": "circle",
    "to-allowed": "allowed",
    "to-secret": "secret",
  };
  for (const [path, target] of Object.entries(links)) symlinkSync(target, at(path));
  return { base, confinement: { inside: [at("allowed")] } };
}

export function removeWorld({ base }: World): void {
  rmSync(base, { recursive: true });
}

/** Everything below, as text: whatever changes it, is a change. Reading changes nothing of it. No link is followed. */
export function contents(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below))
    .toSorted()
    .flatMap((one) => {
      const name = join(below, one);
      const path = join(folder, name);
      const { ino, mode, size, mtimeMs, nlink } = lstatSync(path);
      const kind = mode & 0o170000;
      if (kind === 0o040000) return [JSON.stringify([name, ino, mode, ""]), ...contents(folder, name)];
      const text = kind === 0o100000 ? readFileSync(path, "utf8") : kind === 0o120000 ? readlinkSync(path) : "";
      return JSON.stringify([name, ino, mode, nlink, size, mtimeMs, text]);
    });
}

/** Descriptors of this process that lead to the root or to something below a folder. */
export function heldBelow(folder: string): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const place = readlinkSync(`/proc/self/fd/${fd}`);
      return place === "/" || place.startsWith(folder) ? [place] : [];
    } catch {
      return []; // that of the listing itself
    }
  });
}

/** Opens, reads what there is, and closes. @returns what a file holds, "folder", or the error's code. */
export async function outcome(path: string, flags: number, confinement: Confinement): Promise<string> {
  try {
    const fd = await openConfined(path, flags, 0o644, confinement);
    try {
      return described(fd);
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    return (error as { code: string }).code;
  }
}

/** What is behind a descriptor that may not be readable itself. */
export function described(fd: number): string {
  const status = fstatSync(fd);
  if (status.isDirectory()) return "folder";
  return status.isFile() ? readFileSync(`/proc/self/fd/${fd}`, "utf8") : "special";
}
