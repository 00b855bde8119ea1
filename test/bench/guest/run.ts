// npm run bench -- --guest: both agents on virtio ports of one guest, which is emulated, in turn as in the rest of the bench.
import { copyDisks } from "../../guest/disks.ts";
import { Machine } from "../../guest/machine.ts";
import { missingRequirements } from "../../guest/requirements.ts";
import { fileLabel, filePair } from "../files.ts";
import { compared, type Line, megabytesPerSecond, microseconds, perSecondFigure } from "../line.ts";
import { machine as host } from "../report.ts";
import { pingRound, pipelineRound } from "../round-trips.ts";
import { inPairs, median, warmUp } from "../rounds.ts";
import { type GuestAgent, startAgents } from "./agents.ts";
import { callsOf } from "./calls.ts";
import { portAlone } from "./port-alone.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const READS = [4 * KIB, 64 * KIB, MIB, 16 * MIB];
const WRITES = [4 * KIB, 64 * KIB, MIB, 8 * MIB];
/** An emulated processor is long in settling on code that is made while it runs. */
const WARM_UP_MS = 2000;
/**
 * Of pings at once. qemu-ga reads 1,024 bytes from a port, and what it has read and not parsed when it answers is lost: more than that and
 * it leaves pings unanswered.
 */
const FEW = 16;
const MANY = 64;

export interface GuestRun {
  readonly lines: readonly Line[];
  /** Of the circumstances, a line each. */
  readonly facts: readonly string[];
}

/** @param tell is called with lines as they are measured. @throws Error that says what this machine lacks. */
export async function benchInGuest(executable: string, quick: boolean, tell: (lines: readonly Line[]) => void): Promise<GuestRun> {
  const missing = missingRequirements(executable);
  if (missing.length > 0) throw new Error(`the guest cannot run here, it lacks: ${missing.join("; ")}`);
  const disks = await copyDisks(executable);
  try {
    const machine = await Machine.boot(disks);
    try {
      const agents = await startAgents(machine);
      const lines: Line[] = [];
      for await (const line of measured(machine, agents, quick)) {
        lines.push(line);
        tell([line]);
      }
      return { lines, facts: await factsOf(machine, agents) };
    } finally {
      await machine.dispose();
    }
  } finally {
    await disks.remove();
  }
}

async function* measured(machine: Machine, agents: readonly [GuestAgent, GuestAgent], quick: boolean): AsyncGenerator<Line> {
  const warmUpMs = quick ? 500 : WARM_UP_MS;
  const pair = (rounds: number, round: (agent: GuestAgent) => () => number) => {
    const [ours, theirs] = agents.map(round) as [() => number, () => number];
    warmUp([ours, theirs], warmUpMs);
    return inPairs(rounds, ours, theirs);
  };
  const few = quick ? 5 : 11;
  yield compared(
    "ping round trip, median",
    pair(few, (agent) => pingRound(agent, 200)),
    microseconds,
  );
  yield compared(
    `pings, ${FEW} at once`,
    pair(few, (agent) => pipelineRound(agent, 200, FEW, 0)),
    perSecondFigure,
  );
  yield manyPings(agents[0], few, warmUpMs);
  for (const [kind, sizes] of [["read", READS] as const, ["write", WRITES] as const]) {
    for (const size of sizes) {
      const rounds = quick ? 3 : size > MIB ? 5 : 9;
      const effort = { ms: 200, rounds, warmUpMs, fileBytes: Math.max(4 * MIB, 2 * size) };
      yield compared(fileLabel(kind, size), filePair(kind, size, agents, effort), megabytesPerSecond);
    }
  }
  for (const size of [MIB, 16 * MIB]) yield await callsOf(machine, agents, "read", size);
  for (const size of [MIB, 8 * MIB]) yield await callsOf(machine, agents, "write", size);
  yield* await portAlone(machine, quick ? 3 : 5);
}

function manyPings(ours: GuestAgent, rounds: number, warmUpMs: number): Line {
  const round = pipelineRound(ours, 200, MANY);
  warmUp([round], warmUpMs);
  const figure = median(Array.from({ length: rounds }, round));
  const what = `pings, ${MANY} at once and twice as many on their way`;
  return { what, budget: "", ours: perSecondFigure(figure), theirs: "loses some", ratio: "", met: undefined };
}

async function factsOf(machine: Machine, [ours, theirs]: readonly [GuestAgent, GuestAgent]): Promise<string[]> {
  const { qemu } = (await machine.qmp.execute("query-version")) as { qemu: { major: number; minor: number; micro: number } };
  const kernel = await machine.shell.out("uname -r");
  return [
    `Measured ${new Date().toISOString().slice(0, 10)} by \`npm run bench -- --guest --write\``,
    `lodger ${ours.version} beside qemu-ga ${theirs.version}, in one guest with Linux ${kernel}, 2 processors emulated by QEMU ${qemu.major}.${qemu.minor}.${qemu.micro} (no KVM)`,
    host(),
  ];
}
