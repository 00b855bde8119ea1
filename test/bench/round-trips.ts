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
      const rounds = [ours, theirs].map((agent) => pingRound(agent)) as [() => number, () => number];
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
export function answerBytes({ client }: Pick<Agent, "client">, request: Buffer): number {
  const answer = client.ask(request);
  if (!("return" in JSON.parse(answer))) throw new Error(`refused: ${answer.slice(0, 500)}`);
  return answer.length + 1;
}

/** Microseconds. */
export function pingRound(agent: Pick<Agent, "client">, pings: number = PINGS_A_ROUND): () => number {
  const { client } = agent;
  const bytes = answerBytes(agent, PING);
  const taken = new Float64Array(pings);
  return () => {
    for (let run = 0; run < pings; run++) {
      const from = performance.now();
      client.send(PING);
      client.skip(bytes);
      taken[run] = (performance.now() - from) * 1000;
    }
    return median(taken);
  };
}

/** Pings a second. @param ahead batches on their way beside the one that is waited for. */
export function pipelineRound(agent: Pick<Agent, "client">, ms: number, pings = PINGS_A_BATCH, ahead = 2): () => number {
  const { client } = agent;
  const batch = Buffer.concat(Array<Buffer>(pings).fill(PING));
  const bytes = answerBytes(agent, PING) * pings;
  return () => {
    for (let sent = 0; sent < ahead; sent++) client.send(batch);
    const batches = perSecond(
      ms,
      Number.POSITIVE_INFINITY,
      () => undefined,
      () => {
        client.send(batch);
        client.skip(bytes);
      },
    );
    client.skip(bytes * ahead);
    return batches * pings;
  };
}
