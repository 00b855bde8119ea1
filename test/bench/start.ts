// From making the process to its first answer, beside the same Node doing nothing at all (started, `0` evaluated, ended).
import { spawnSync } from "node:child_process";
import { type CommandLine, PLAIN_ENVIRONMENT, startAgent } from "./agents.ts";
import { milliseconds, type Row, times } from "./line.ts";
import { median } from "./rounds.ts";

/** 50 ms where Node alone takes 30. */
const BUDGET = 50 / 30;

export const start: Row = {
  name: "start",
  async measure(bench) {
    const ours: number[] = [];
    const theirs: number[] = [];
    const node: number[] = [];
    for (let round = 0; round < (bench.quick ? 7 : 21); round++) {
      ours.push(await startOnce(bench.ours));
      node.push(nodeAlone());
      theirs.push(await startOnce(bench.theirs));
    }
    const ratio = median(ours.map((ms, round) => ms / (node[round] ?? Number.NaN)));
    return [
      {
        what: `executable started to first answer (Node alone: ${milliseconds(median(node))})`,
        budget: `at most ${BUDGET.toFixed(2)} x Node alone`,
        ours: milliseconds(median(ours)),
        theirs: milliseconds(median(theirs)),
        ratio: `${times(ratio)} Node alone`,
        met: ratio <= BUDGET,
      },
    ];
  },
};

async function startOnce(command: CommandLine): Promise<number> {
  const agent = startAgent(command);
  await agent.stop();
  return agent.startedInMs;
}

function nodeAlone(): number {
  const before = performance.now();
  const { status } = spawnSync(process.execPath, ["-e", "0"], { env: PLAIN_ENVIRONMENT, stdio: "ignore" });
  if (status !== 0) throw new Error("Node alone does not start");
  return performance.now() - before;
}
