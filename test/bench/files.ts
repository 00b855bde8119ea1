// guest-file-read and guest-file-write by size of a call, on a file of a disk that is in the page cache. Figures are bytes of the file, not of base64.
// After at most 64 MiB the handle is rewound with guest-file-seek, outside of the time taken, on either side.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "./agents.ts";
import { atLeast, type Line, megabytesPerSecond, type Row } from "./line.ts";
import { answerBytes } from "./round-trips.ts";
import { inPairs, perSecond, warmUp, withBoth } from "./rounds.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const FILE_BYTES = 64 * MIB;

export interface Calls {
  rewind(): void;
  once(): void;
}
export type Start = (agent: Agent, size: number) => Calls;

export const fileRows: readonly Row[] = [
  ...[row("read", 4 * KIB, 1), row("read", 64 * KIB, 3), row("read", MIB, 12), row("read", 16 * MIB, 12)],
  ...[row("write", 4 * KIB, 3), row("write", 64 * KIB, 10), row("write", MIB, 15), row("write", 8 * MIB, 15)],
];

function row(kind: "read" | "write", size: number, budget: number): Row {
  const label = size < MIB ? `${size / KIB} KiB` : `${size / MIB} MiB`;
  const start = kind === "read" ? startReading : startWriting;
  return {
    name: `${kind}-${label.replace(" ", "").slice(0, -2).toLowerCase()}`,
    measure: (bench) =>
      withBoth(bench, (ours, theirs): Line[] => {
        const ms = bench.quick ? 30 : 60; // many short rounds: both sides of a pair meet the same weather
        const rounds = [ours, theirs].map((agent) => fileRound(start, agent, size, ms)) as [() => number, () => number];
        warmUp(rounds);
        const pair = inPairs(bench.quick ? 5 : 15, ...rounds);
        const throughput = { kind, callBytes: size, ours: pair.ours, theirs: pair.theirs };
        return [{ ...atLeast(`guest-file-${kind}, ${label} a call`, budget, pair, megabytesPerSecond), throughput }];
      }),
  };
}

function fileRound(start: Start, agent: Agent, size: number, ms: number): () => number {
  const { rewind, once } = start(agent, size);
  const callsALap = Math.max(1, FILE_BYTES / size - 1); // never up to the end: there the answer is another one
  return () => perSecond(ms, callsALap, rewind, once) * size;
}

export function startReading(agent: Agent, size: number): Calls {
  const { client } = agent;
  const path = join(agent.folder, "read");
  const content = pattern(FILE_BYTES);
  writeFileSync(path, content);
  const handle = openFile(agent, path, "r");
  const request = command("guest-file-read", { handle, count: size });
  const answer = client.ask(request);
  if (!Buffer.from(JSON.parse(answer).return["buf-b64"], "base64").equals(content.subarray(0, size))) {
    throw new Error(`${size} bytes read are not those of the file`);
  }
  const once = () => {
    client.send(request);
    client.skip(answer.length + 1);
  };
  return { rewind: rewinder(agent, handle), once };
}

export function startWriting(agent: Agent, size: number): Calls {
  const { client } = agent;
  const path = join(agent.folder, "written");
  writeFileSync(path, Buffer.alloc(FILE_BYTES)); // its pages exist from the start
  const handle = openFile(agent, path, "r+");
  const content = pattern(size);
  const request = command("guest-file-write", { handle, "buf-b64": content.toString("base64") });
  const bytes = answerBytes(agent, request);
  client.ask(command("guest-file-flush", { handle }));
  if (!readFileSync(path).subarray(0, size).equals(content)) throw new Error(`the ${size} bytes in the file are not those sent`);
  const once = () => {
    client.send(request);
    client.skip(bytes);
  };
  return { rewind: rewinder(agent, handle), once };
}

function rewinder(agent: Agent, handle: number): () => void {
  const request = command("guest-file-seek", { handle, offset: 0, whence: 0 });
  answerBytes(agent, request);
  return () => agent.client.ask(request);
}

export function openFile({ client }: Agent, path: string, mode: string): number {
  const answer = client.ask(command("guest-file-open", { path, mode }));
  const handle: unknown = JSON.parse(answer).return;
  if (typeof handle !== "number") throw new Error(answer);
  return handle;
}

export function command(execute: string, args: Record<string, unknown>): Buffer {
  return Buffer.from(`${JSON.stringify({ execute, arguments: args })}\n`);
}

/** Every byte value, and no short period: a piece lost, doubled or swapped shows. */
function pattern(bytes: number): Buffer {
  const words = new Uint32Array(Math.ceil(bytes / 4));
  for (let word = 0; word < words.length; word++) words[word] = Math.imul(word, 2654435761);
  return Buffer.from(words.buffer, 0, bytes);
}
