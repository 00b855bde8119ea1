// Freezing and thawing three file systems on images, in a mount namespace of its own: nothing of the machine's freezes.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { atMost, type Line, milliseconds, type Row } from "./line.ts";
import type { Bench, Pair } from "./rounds.ts";

/** What each side measures, of one freeze with the thaw right after it. */
export interface Figures {
  readonly freeze: Pair;
  readonly thaw: Pair;
  /** How long a writer to the file system that freezes first had to wait. */
  readonly blocked: Pair;
}

export const freeze: Row = {
  name: "freeze",
  async measure(bench) {
    const { freeze, thaw, blocked } = measured(bench);
    const what = "ext4, btrfs and xfs";
    return [
      atMost(`writers wait for a freeze and a thaw of ${what}`, 1.5, blocked, milliseconds),
      withoutBudget(atMost(`guest-fsfreeze-freeze-list of ${what}, with its guard`, 0, freeze, milliseconds)),
      withoutBudget(atMost("guest-fsfreeze-thaw of them", 0, thaw, milliseconds)),
    ];
  },
};

function withoutBudget(line: Line): Line {
  return { ...line, budget: "", met: undefined };
}

function measured(bench: Bench): Figures {
  const folder = mkdtempSync("/tmp/lodger-freeze-");
  try {
    const rounds = join(import.meta.dirname, "freeze-rounds.ts");
    const args = ["--mount", "--propagation", "private", process.execPath, rounds, folder, JSON.stringify(bench)];
    const { status, stdout, stderr } = spawnSync("unshare", args, { encoding: "utf8" });
    if (status !== 0) throw new Error(`file systems on images can't be frozen here: ${stderr}`);
    return JSON.parse(stdout);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
