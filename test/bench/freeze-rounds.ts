// The rounds of "freeze", in a mount namespace of their own: `freeze-rounds.ts FOLDER BENCH`. Prints its figures as JSON.
import { writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { Images } from "../contract/freeze-agent/images.ts";
import { type Agent, pause } from "./agents.ts";
import { command } from "./files.ts";
import type { Figures } from "./freeze.ts";
import { type Bench, inPairs, type Pair, withBoth } from "./rounds.ts";

const [, , folder = "", text = ""] = process.argv;
const bench = JSON.parse(text) as Bench;
const images = new Images(folder);
const THAW = Buffer.from('{"execute":"guest-fsfreeze-thaw"}\n');

const mountPoints = [await images.add("ext4", "ext4"), await images.add("btrfs", "btrfs"), await images.add("xfs", "xfs")];
const FREEZE = command("guest-fsfreeze-freeze-list", { mountpoints: mountPoints });

const longest = new Float64Array(new SharedArrayBuffer(8));
const writer = new Worker(new URL("./blocked-writer.ts", import.meta.url), { workerData: { path: `${folder}/xfs/written`, longest } });

try {
  // Whatever an agent makes of the list, the file system that this machine runs on must not freeze.
  const fenced = { ...bench, ours: [bench.ours[0], ...bench.ours.slice(1), "--freeze-exclude=/"] as const };
  writeSync(1, JSON.stringify(await withBoth(fenced, rounds)));
} finally {
  await writer.terminate();
  await images.close();
}

function rounds(ours: Agent, theirs: Agent): Figures {
  const figures = { freeze: series(), thaw: series(), blocked: series() };
  const count = bench.quick ? 7 : 21;
  for (let round = 0; round < count + 2; round++) {
    const order = round % 2 === 0 ? (["ours", "theirs"] as const) : (["theirs", "ours"] as const);
    for (const side of order) {
      const once = freezeAndThaw(side === "ours" ? ours : theirs);
      if (round < 2) continue; // nobody's first
      figures.freeze[side].push(once.freeze);
      figures.thaw[side].push(once.thaw);
      figures.blocked[side].push(once.blocked);
    }
  }
  return { freeze: pairOf(figures.freeze), thaw: pairOf(figures.thaw), blocked: pairOf(figures.blocked) };
}

function freezeAndThaw({ client }: Agent): { freeze: number; thaw: number; blocked: number } {
  pause(20); // the writer writes again
  longest[0] = 0;
  const begun = performance.now();
  expectThree(client.ask(FREEZE));
  const frozen = performance.now();
  expectThree(client.ask(THAW));
  const thawed = performance.now();
  pause(20);
  return { freeze: frozen - begun, thaw: thawed - frozen, blocked: longest[0] ?? Number.NaN };
}

function expectThree(answer: string): void {
  if (JSON.parse(answer).return !== 3) throw new Error(`3 file systems expected: ${answer}`);
}

interface Series {
  readonly ours: number[];
  readonly theirs: number[];
}

function series(): Series {
  return { ours: [], theirs: [] };
}

function pairOf({ ours, theirs }: Series): Pair {
  return inPairs(
    ours.length,
    () => ours.shift() ?? Number.NaN,
    () => theirs.shift() ?? Number.NaN,
  );
}
