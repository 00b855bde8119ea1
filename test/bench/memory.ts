// Memory at rest, after very many requests, and at the height of the biggest read.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, pause } from "./agents.ts";
import { command, openFile } from "./files.ts";
import { type Line, megabytes, type Row, times } from "./line.ts";
import { type Memory, memoryOf, peakOf, resetPeak } from "./process-memory.ts";
import { answerBytes } from "./round-trips.ts";
import { type Bench, median, withBoth } from "./rounds.ts";
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
        what: `${what}, growth in the 2nd half of ${requests.toLocaleString("en")} guest-info (from 20 %; end)`,
        budget: "none (under 1 MB)",
        ours: grown(mine),
        theirs: grown(other),
        ratio: "",
        met: bench.quick ? undefined : mine.late <= GROWTH_ALLOWED,
      });
      return [line("private dirty memory", a.privateDirty, b.privateDirty), line("resident memory", a.resident, b.resident)];
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
  /** From 20 % on. V8 takes its last step (optimised code, a bigger heap) after about 300,000 requests, once: it is told, not judged. */
  readonly all: number;
  /** From the middle on: nothing may be left but noise. That is why a quick run, which ends before the step, has no verdict. */
  readonly late: number;
  readonly end: number;
}

const STEPS = 25;

/** Medians of five samples are compared, 4 % of the run apart each, for a collector makes a saw of it. */
function growthOf(agent: Agent, requests: number): { privateDirty: Grown; resident: Grown } {
  const { client } = agent;
  const batch = Buffer.concat(Array<Buffer>(INFOS_A_BATCH).fill(INFO));
  const bytes = answerBytes(agent, INFO) * INFOS_A_BATCH;
  const samples: Memory[] = [];
  const batchesAStep = Math.round(requests / INFOS_A_BATCH / STEPS);
  for (let step = 0; step < STEPS; step++) {
    client.send(batch);
    for (let sent = 1; sent < batchesAStep; sent++) {
      client.send(batch);
      client.skip(bytes);
    }
    client.skip(bytes);
    samples.push(memoryOf(agent.pid));
  }
  const compare = (values: number[]): Grown => {
    const [early, middle, end] = [median(values.slice(4, 9)), median(values.slice(10, 15)), median(values.slice(-5))];
    return { all: end - early, late: end - middle, end };
  };
  return {
    privateDirty: compare(samples.map((sample) => sample.privateDirty)),
    resident: compare(samples.map((sample) => sample.resident)),
  };
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

function grown({ all, late, end }: Grown): string {
  return `${signed(late)} (${signed(all)}; ${megabytes(end)})`;
}

function signed(bytes: number): string {
  return `${bytes < 0 ? "" : "+"}${megabytes(bytes)}`;
}
