// Memory at rest, after very many requests, and at the height of the biggest read.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, pause } from "./agents.ts";
import { command, openFile } from "./files.ts";
import { type Line, megabytes, type Row, times } from "./line.ts";
import { type Memory, memoryOf, peakOf, resetPeak } from "./process-memory.ts";
import { answerBytes } from "./round-trips.ts";
import { type Bench, withBoth } from "./rounds.ts";
import { settledCopy } from "./settled-copy.ts";

const MIB = 1048576;
const INFO = Buffer.from('{"execute":"guest-info"}\n');
const INFOS_A_BATCH = 16;
/** qemu-ga takes more than a minute for a million, and its memory is not in question. */
const THEIR_SHARE = 0.1;
/** Two bytes a request; less is the collector's noise. */
const GROWTH_ALLOWED = MIB;
/** After the first answer: lodger looks for what it can give back for as long. */
const SETTLED_MS = 6500;
const BIGGEST_READ = 48 * MIB;

export const idle: Row = {
  name: "idle",
  async measure(bench) {
    const copies = [settledCopy(bench.ours), settledCopy(bench.theirs)] as const;
    const [{ command: ours }, { command: theirs }] = copies;
    try {
      return await idleMemory({ ...bench, ours, theirs });
    } finally {
      for (const copy of copies) copy.remove();
    }
  },
};

function idleMemory(bench: Bench): Promise<Line[]> {
  return withBoth(bench, (ours, theirs) => {
    pause(SETTLED_MS);
    const a = memoryOf(ours.pid);
    const b = memoryOf(theirs.pid);
    const line = (what: string, limit: number, mine: number, other: number): Line => ({
      what,
      budget: `at most ${limit} MB`,
      ours: megabytes(mine),
      theirs: megabytes(other),
      ratio: times(mine / other),
      met: mine <= limit * MIB,
    });
    return [
      line("private dirty memory, idle", 10, a.privateDirty, b.privateDirty),
      line("resident memory, idle", 45, a.resident, b.resident),
    ];
  });
}

export const growth: Row = {
  name: "growth",
  measure: (bench) =>
    withBoth(bench, (ours, theirs): Line[] => {
      const requests = bench.quick ? 100_000 : 1_000_000;
      const a = growthOf(ours, requests);
      const b = growthOf(theirs, requests * THEIR_SHARE);
      const line = (what: string, mine: Grown, other: Grown): Line => ({
        what: `${what}, growth in the 2nd half of ${requests.toLocaleString("en")} guest-info (end; highest meanwhile)`,
        budget: "",
        ours: shown(mine),
        theirs: shown(other),
        ratio: "",
        met: undefined,
      });
      const met = bench.quick ? undefined : a.privateDirty.growth <= GROWTH_ALLOWED;
      return [
        { ...line("private dirty memory", a.privateDirty, b.privateDirty), budget: "none (under 1 MB)", met },
        // Without a verdict: pages of the executable come and go with what was asked for, up to 16 MB.
        line("resident memory", a.resident, b.resident),
      ];
    }),
};

export const peak: Row = {
  name: "peak",
  measure: (bench) =>
    withBoth(bench, (ours, theirs): Line[] => {
      const [a, b] = [peakAboveIdle(ours), peakAboveIdle(theirs)];
      return [
        {
          what: "peak memory of one 48 MiB read above idle, by payload",
          budget: "at most 4 x the payload",
          ours: `${times(a / BIGGEST_READ)} (${megabytes(a)})`,
          theirs: `${times(b / BIGGEST_READ)} (${megabytes(b)})`,
          ratio: times(a / b),
          met: a <= 4 * BIGGEST_READ,
        },
      ];
    }),
};

interface Grown {
  readonly growth: number;
  readonly end: number;
  readonly highest: number;
}

/** Samples in either half. */
const STEPS = 12;

/**
 * Compared is what is left when the agent has been alone for a while, after half of the requests and after all: between collections its
 * memory is a saw, whose teeth are as long as the run.
 */
function growthOf(agent: Agent, requests: number): { privateDirty: Grown; resident: Grown } {
  const { client } = agent;
  const batch = Buffer.concat(Array<Buffer>(INFOS_A_BATCH).fill(INFO));
  const bytes = answerBytes(agent, INFO) * INFOS_A_BATCH;
  const busy: Memory[] = [];
  const batchesAStep = Math.round(requests / INFOS_A_BATCH / STEPS / 2);
  const half = (): Memory => {
    for (let step = 0; step < STEPS; step++) {
      client.send(batch);
      for (let sent = 1; sent < batchesAStep; sent++) {
        client.send(batch);
        client.skip(bytes);
      }
      client.skip(bytes);
      busy.push(memoryOf(agent.pid));
    }
    pause(SETTLED_MS);
    return memoryOf(agent.pid);
  };
  const [middle, end] = [half(), half()];
  const grown = (value: (memory: Memory) => number): Grown => ({
    growth: value(end) - value(middle),
    end: value(end),
    highest: Math.max(...busy.map(value)),
  });
  return { privateDirty: grown((memory) => memory.privateDirty), resident: grown((memory) => memory.resident) };
}

function peakAboveIdle(agent: Agent): number {
  const path = join(agent.folder, "biggest");
  writeFileSync(path, Buffer.alloc(BIGGEST_READ + 1, "the biggest read there is "));
  const handle = openFile(agent, path, "r");
  pause(500);
  const before = memoryOf(agent.pid).resident;
  resetPeak(agent.pid);
  agent.client.send(command("guest-file-read", { handle, count: BIGGEST_READ }));
  const length = agent.client.skipLine();
  if (length < (BIGGEST_READ / 3) * 4) throw new Error(`the answer to the 48 MiB read has only ${length} bytes`);
  return peakOf(agent.pid) - before;
}

function shown({ growth, end, highest }: Grown): string {
  return `${growth < 0 ? "" : "+"}${megabytes(growth)} (${megabytes(end)}; ${megabytes(highest)})`;
}
