// What a request costs the agent itself, whatever else the machine does: the time of its threads on a processor, and their system calls.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "./agents.ts";
import { besideUs, type Calls, startReading, startWriting } from "./files.ts";
import { type Line, microseconds, type Row, times } from "./line.ts";
import { answerBytes, PING } from "./round-trips.ts";
import { type Bench, inPairs, warmUp, withBoth } from "./rounds.ts";

const KIB = 1024;
const MIB = 1024 * KIB;

interface Work {
  readonly what: string;
  readonly start: (agent: Agent, size: number) => Calls;
  /** Of one request's file, in bytes. */
  readonly size: number;
  /** In one round; few enough that no file ends. */
  readonly requests: number;
}

const reading = (agent: Agent, size: number): Calls => startReading(besideUs(agent), size);
const writing = (agent: Agent, size: number): Calls => startWriting(besideUs(agent), size);

const WORK: readonly Work[] = [
  { what: "a ping", start: startPinging, size: 0, requests: 2000 },
  { what: "a read of 4 KiB", start: reading, size: 4 * KIB, requests: 500 },
  { what: "a read of 1 MiB", start: reading, size: MIB, requests: 30 },
  { what: "a write of 4 KiB", start: writing, size: 4 * KIB, requests: 500 },
  { what: "a write of 1 MiB", start: writing, size: MIB, requests: 30 },
];

export const work: Row = {
  name: "work",
  async measure(bench) {
    const lines: Line[] = [];
    for (const each of WORK) lines.push(...(await withBoth(bench, (ours, theirs) => linesOf(each, bench, ours, theirs))));
    return lines;
  },
};

async function linesOf({ what, start, size, requests }: Work, { quick }: Bench, ours: Agent, theirs: Agent): Promise<Line[]> {
  const sides = [ours, theirs].map((agent) => ({ agent, calls: start(agent, size) }));
  const all = ({ rewind, once }: Calls): void => {
    rewind();
    for (let request = 0; request < requests; request++) once();
  };
  const rounds = sides.map(({ agent, calls }) => () => {
    const before = processorTime(agent.pid);
    all(calls);
    return (processorTime(agent.pid) - before) / requests;
  }) as [() => number, () => number];
  warmUp(rounds);
  const pair = inPairs(quick ? 3 : 9, ...rounds);
  const counted: (number | undefined)[] = [];
  for (const { agent, calls } of sides) counted.push(await systemCalls(agent.pid, () => all(calls)));
  const [a, b] = counted.map((count) => (count === undefined ? undefined : count / requests));
  const line = (name: string, mine: string, other: string, ratio: string): Line => ({
    what: `${name} of ${what}`,
    budget: "",
    ours: mine,
    theirs: other,
    ratio,
    met: undefined,
  });
  return [
    line("processor time", microseconds(pair.ours), microseconds(pair.theirs), times(pair.ratio)),
    line("system calls", count(a), count(b), a === undefined || b === undefined ? "" : times(a / b)),
  ];
}

function startPinging(agent: Agent): Calls {
  const bytes = answerBytes(agent, PING);
  return {
    rewind: () => undefined,
    once: () => {
      agent.client.send(PING);
      agent.client.skip(bytes);
    },
  };
}

/** Of all its threads, in microseconds. */
function processorTime(pid: number): number {
  const tasks = `/proc/${pid}/task`;
  const nanoseconds = readdirSync(tasks).map((task) => Number(readFileSync(join(tasks, task, "schedstat"), "latin1").split(" ")[0]));
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000;
}

/** @returns how many the process makes meanwhile; undefined without strace. */
async function systemCalls(pid: number, meanwhile: () => void): Promise<number | undefined> {
  const strace = spawn("strace", ["-f", "-c", "-p", String(pid)], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  const failed = once(strace, "error").then(() => "failed");
  const ended = once(strace, "close");
  strace.stderr.on("data", (bytes) => {
    said += bytes;
  });
  if ((await Promise.race([failed, once(strace.stderr, "data")])) === "failed") return undefined;
  meanwhile();
  strace.kill("SIGINT");
  await ended;
  const calls = /^100\.00\s+\S+\s+\S+\s+(\d+)\s.*total$/m.exec(said)?.[1];
  return calls === undefined ? undefined : Number(calls);
}

const count = (value: number | undefined): string => value?.toFixed(1) ?? "no strace";
