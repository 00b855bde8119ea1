/** What an installation comes to on a certain system: what is there already, what is written, what is in the way. */
import { createHash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync } from "node:fs";
import type { Entry } from "./plan.ts";
import type { Recorded } from "./record.ts";
import type { Rooted } from "./rooted.ts";

/** How an installation looks at what is there. */
export type Looking = Pick<Rooted, "status" | "hasFolder" | "locate" | "readLink">;

export type Step = {
  readonly entry: Entry;
  /** `blocked`: something else is there, that nobody has recorded. */
  readonly does: "write" | "nothing" | "keep" | "blocked";
  readonly recorded: Recorded | undefined;
};

/** @param before what an earlier installation has recorded. */
export function stepsOf(root: Looking, entries: readonly Entry[], before: readonly Recorded[]): readonly Step[] {
  const known = new Map(before.map((each) => [each.path, each]));
  return entries.map((entry) => stepOf(root, entry, known.get(entry.path)));
}

function stepOf(root: Looking, entry: Entry, earlier: Recorded | undefined): Step {
  const status = root.status(entry.path);
  if (status === undefined) return { entry, does: "write", recorded: recordOf(entry) };
  if (entry.kind === "folder") {
    return root.hasFolder(entry.path) ? { entry, does: "nothing", recorded: earlier } : { entry, does: "blocked", recorded: undefined };
  }
  const hasMode = entry.kind === "link" || (status.mode & 0o7777) === entry.mode;
  if (isThere(root, entry)) return { entry, does: hasMode || earlier === undefined ? "nothing" : "write", recorded: earlier };
  // a newer executable is what an installation is for
  const isOlder = entry.kind === "program" && !status.isSymbolicLink() && !status.isDirectory();
  if (earlier !== undefined && (isOlder || isUnchanged(root, earlier))) return { entry, does: "write", recorded: recordOf(entry) };
  if (earlier !== undefined) return { entry, does: "keep", recorded: earlier };
  return { entry, does: entry.kind === "file" && entry.admin ? "keep" : "blocked", recorded: undefined };
}

/** Whether what is there is what would be written, whatever its mode. An executable is read, but hashed for its record only. */
function isThere(root: Looking, entry: Entry): boolean {
  if (entry.kind === "program") return hasSameBytes(root.locate(entry.path), entry.source);
  const now = stateOf(root, entry.path);
  return now !== undefined && isSame(now, recordOf(entry));
}

/** What is written for an entry. */
function recordOf(entry: Entry): Recorded {
  const { path } = entry;
  switch (entry.kind) {
    case "folder":
      return { kind: "folder", path };
    case "link":
      return { kind: "link", path, target: entry.target };
    case "program":
      return { kind: "file", path, sha256: hashOf(entry.source) };
    case "file":
      return { kind: "file", path, sha256: createHash("sha256").update(entry.text).digest("hex") };
  }
}

/** @returns undefined where nothing is; an empty hash for what is neither a file, a link nor a folder. */
function stateOf(root: Looking, path: string): Recorded | undefined {
  const status = root.status(path);
  if (status === undefined) return undefined;
  if (status.isSymbolicLink()) return { kind: "link", path, target: root.readLink(path) };
  if (status.isDirectory()) return { kind: "folder", path };
  return { kind: "file", path, sha256: status.isFile() ? hashOf(root.locate(path)) : "" };
}

/** Whether what is there is what was recorded. */
export function isUnchanged(root: Looking, recorded: Recorded): boolean {
  const now = stateOf(root, recorded.path);
  return now !== undefined && isSame(now, recorded);
}

function isSame(some: Recorded, other: Recorded): boolean {
  if (some.kind === "file") return other.kind === "file" && some.sha256 === other.sha256;
  if (some.kind === "link") return other.kind === "link" && some.target === other.target;
  return other.kind === "folder";
}

const CHUNK = 1 << 20;

function hashOf(file: string): string {
  const hash = createHash("sha256");
  const chunk = Buffer.allocUnsafe(CHUNK);
  const fd = opened(file);
  try {
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk)) hash.update(chunk.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}

/** False too where the first is no file. */
function hasSameBytes(path: string, other: string): boolean {
  if (!lstatSync(path).isFile()) return false;
  const fds = [opened(path)];
  try {
    fds.push(opened(other));
    const [some, more] = fds.map((fd) => fstatSync(fd));
    if (some?.dev === more?.dev && some?.ino === more?.ino) return true;
    if (some?.size !== more?.size) return false;
    const chunks = fds.map((fd) => ({ fd, bytes: Buffer.allocUnsafe(CHUNK) }));
    for (;;) {
      const [one, two] = chunks.map(({ fd, bytes }) => bytes.subarray(0, readSync(fd, bytes)));
      if (one === undefined || two === undefined || !one.equals(two)) return false;
      if (one.length === 0) return true;
    }
  } finally {
    for (const fd of fds) closeSync(fd);
  }
}

function opened(file: string): number {
  return openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
}
