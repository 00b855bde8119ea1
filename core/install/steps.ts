/** What an installation comes to on a certain system: what is there already, what is written, what is in the way. */
import { createHash } from "node:crypto";
import { closeSync, constants, openSync, readSync } from "node:fs";
import type { Entry } from "./plan.ts";
import type { Recorded } from "./record.ts";
import type { Rooted } from "./rooted.ts";

export type Step = {
  readonly entry: Entry;
  /** `blocked`: something else is there, that nobody has recorded. */
  readonly does: "write" | "nothing" | "keep" | "blocked";
  readonly recorded: Recorded | undefined;
};

/** @param before what an earlier installation has recorded. */
export function stepsOf(root: Rooted, entries: readonly Entry[], before: readonly Recorded[]): readonly Step[] {
  const known = new Map(before.map((each) => [each.path, each]));
  return entries.map((entry) => stepOf(root, entry, known.get(entry.path)));
}

function stepOf(root: Rooted, entry: Entry, earlier: Recorded | undefined): Step {
  const now = stateOf(root, entry.path);
  const wanted = recordOf(entry);
  if (entry.kind === "folder") {
    if (now === undefined) return { entry, does: "write", recorded: wanted };
    return root.hasFolder(entry.path) ? { entry, does: "nothing", recorded: earlier } : { entry, does: "blocked", recorded: undefined };
  }
  if (now === undefined) return { entry, does: "write", recorded: wanted };
  const hasMode = entry.kind === "link" || ((root.status(entry.path)?.mode ?? 0) & 0o7777) === entry.mode;
  if (isSame(now, wanted)) return { entry, does: hasMode || earlier === undefined ? "nothing" : "write", recorded: earlier };
  // a newer executable is what an installation is for
  if (earlier !== undefined && (isSame(now, earlier) || (entry.kind === "program" && now.kind === "file"))) {
    return { entry, does: "write", recorded: wanted };
  }
  if (earlier !== undefined) return { entry, does: "keep", recorded: earlier };
  return { entry, does: entry.kind === "file" && entry.admin ? "keep" : "blocked", recorded: undefined };
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
function stateOf(root: Rooted, path: string): Recorded | undefined {
  const status = root.status(path);
  if (status === undefined) return undefined;
  if (status.isSymbolicLink()) return { kind: "link", path, target: root.readLink(path) };
  if (status.isDirectory()) return { kind: "folder", path };
  return { kind: "file", path, sha256: status.isFile() ? hashOf(root.locate(path)) : "" };
}

/** Whether what is there is what was recorded. */
export function isUnchanged(root: Rooted, recorded: Recorded): boolean {
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
  const fd = openSync(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    for (let count = readSync(fd, chunk); count > 0; count = readSync(fd, chunk)) hash.update(chunk.subarray(0, count));
  } finally {
    closeSync(fd);
  }
  return hash.digest("hex");
}
