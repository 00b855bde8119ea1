// Small commands: the round trip of one, and how many a second when the client doesn't wait.
import type { Agent } from "./agents.ts";
import { atLeast, atMost, type Line, microseconds, perSecondFigure, type Row } from "./line.ts";
import { inPairs, median, perSecond, warmUp, withBoth } from "./rounds.ts";

export const PING = Buffer.from('{"execute":"guest-ping"}\n');
const PINGS_A_ROUND = 1000;
/** Few enough that requests and answers fit the socket buffers, many enough that the agent never runs dry. */
const PINGS_A_BATCH = 64;

export const ping: Row = {
  name: "ping",
  measure: (bench) =>
    withBoth(bench, (ours, theirs): Line[] => {
      const rounds = [ours, theirs].map(pingRound) as [() => number, () => number];
      warmUp(rounds);
      return [atMost("ping round trip, median", 0.8, inPairs(bench.quick ? 7 : 21, ...rounds), microseconds)];
    }),
};

export const pipelined: Row = {
  name: "pipelined",
  measure: (bench) =>
    withBoth(bench, (ours, theirs): Line[] => {
      const ms = bench.quick ? 60 : 150;
      const rounds = [ours, theirs].map((agent) => pipelineRound(agent, ms)) as [() => number, () => number];
      warmUp(rounds);
      return [atLeast("pipelined pings", 3, inPairs(bench.quick ? 5 : 11, ...rounds), perSecondFigure)];
    }),
};

/** The answer's length, once it has been read. */
export function answerBytes({ client }: Agent, request: Buffer): number {
  const answer = client.ask(request);
  if (!("return" in JSON.parse(answer))) throw new Error(`refused: ${answer.slice(0, 500)}`);
  return answer.length + 1;
}

function pingRound(agent: Agent): () => number {
  const { client } = agent;
  const bytes = answerBytes(agent, PING);
  const taken = new Float64Array(PINGS_A_ROUND);
  return () => {
    for (let run = 0; run < PINGS_A_ROUND; run++) {
      const from = performance.now();
      client.send(PING);
      client.skip(bytes);
      taken[run] = (performance.now() - from) * 1000;
    }
    return median(taken);
  };
}

function pipelineRound(agent: Agent, ms: number): () => number {
  const { client } = agent;
  const batch = Buffer.concat(Array<Buffer>(PINGS_A_BATCH).fill(PING));
  const bytes = answerBytes(agent, PING) * PINGS_A_BATCH;
  return () => {
    client.send(batch);
    client.send(batch); // from here on always one more batch on its way than is waited for
    const batches = perSecond(
      ms,
      Number.POSITIVE_INFINITY,
      () => undefined,
      () => {
        client.send(batch);
        client.skip(bytes);
      },
    );
    client.skip(bytes);
    client.skip(bytes);
    return batches * PINGS_A_BATCH;
  };
}
