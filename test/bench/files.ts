// guest-file-read and guest-file-write by size of a call, on a file of a disk that is in the page cache. Figures are bytes of the file, not of base64.
// After at most 64 MiB the handle is rewound with guest-file-seek, outside of the time taken, on either side.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Agent } from "./agents.ts";
import type { Client } from "./client.ts";
import { atLeast, type Line, megabytesPerSecond, type Row, sizeText, type Throughput } from "./line.ts";
import { answerBytes } from "./round-trips.ts";
import { inPairs, type Pair, perSecond, warmUp, withBoth } from "./rounds.ts";

const KIB = 1024;
const MIB = 1024 * KIB;
const FILE_BYTES = 64 * MIB;

type Kind = Throughput["kind"];

export interface Calls {
  rewind(): void;
  once(): void;
}

/** An agent, and the files that it works on. */
export interface FileAgent {
  readonly client: Client;
  /** Makes a file of this content. @returns its path as the agent sees it. */
  place(name: string, content: Buffer): string;
  /** What a file begins with. */
  beginning(path: string, bytes: number): Buffer;
}

export interface Effort {
  /** At least so long is a round. */
  readonly ms: number;
  readonly rounds: number;
  readonly warmUpMs?: number;
  /** Of the file, where 64 MiB are too many. */
  readonly fileBytes?: number;
}

export const fileRows: readonly Row[] = [
  ...[row("read", 4 * KIB, 1), row("read", 64 * KIB, 3), row("read", MIB, 12), row("read", 16 * MIB, 12)],
  ...[row("write", 4 * KIB, 3), row("write", 64 * KIB, 10), row("write", MIB, 15), row("write", 8 * MIB, 15)],
];

function row(kind: Kind, size: number, budget: number): Row {
  return {
    name: `${kind}-${sizeText(size).replace(" ", "").slice(0, -2).toLowerCase()}`,
    measure: (bench) =>
      withBoth(bench, (ours, theirs): Line[] => {
        // many short rounds: both sides of a pair meet the same weather
        const effort = bench.quick ? { ms: 30, rounds: 5 } : { ms: 60, rounds: 15 };
        const pair = filePair(kind, size, [besideUs(ours), besideUs(theirs)], effort);
        const throughput = { kind, callBytes: size, ours: pair.ours, theirs: pair.theirs };
        return [{ ...atLeast(fileLabel(kind, size), budget, pair, megabytesPerSecond), throughput }];
      }),
  };
}

export function fileLabel(kind: Kind, size: number): string {
  return `guest-file-${kind}, ${sizeText(size)} a call`;
}

/** Bytes of the file a second. @param size of a call. */
export function filePair(kind: Kind, size: number, agents: readonly [FileAgent, FileAgent], effort: Effort): Pair {
  const { ms, rounds, warmUpMs, fileBytes = FILE_BYTES } = effort;
  const start = kind === "read" ? startReading : startWriting;
  const callsALap = Math.max(1, fileBytes / size - 1); // never up to the end: there the answer is another one
  const [ours, theirs] = agents.map((agent) => {
    const { rewind, once } = start(agent, size, fileBytes);
    return () => perSecond(ms, callsALap, rewind, once) * size;
  }) as [() => number, () => number];
  warmUp([ours, theirs], warmUpMs);
  return inPairs(rounds, ours, theirs);
}

export function besideUs({ client, folder }: Agent): FileAgent {
  return {
    client,
    place: (name, content) => {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    },
    beginning: (path, bytes) => readFileSync(path).subarray(0, bytes),
  };
}

export function startReading(agent: FileAgent, size: number, fileBytes = FILE_BYTES): Calls {
  const { client } = agent;
  const content = pattern(fileBytes);
  const handle = openFile(agent, agent.place("read", content), "r");
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

export function startWriting(agent: FileAgent, size: number, fileBytes = FILE_BYTES): Calls {
  const { client } = agent;
  const path = agent.place("written", Buffer.alloc(fileBytes)); // its pages exist from the start
  const handle = openFile(agent, path, "r+");
  const content = pattern(size);
  const request = command("guest-file-write", { handle, "buf-b64": content.toString("base64") });
  const bytes = answerBytes(agent, request);
  client.ask(command("guest-file-flush", { handle }));
  if (!agent.beginning(path, size).equals(content)) throw new Error(`the ${size} bytes in the file are not those sent`);
  const once = () => {
    client.send(request);
    client.skip(bytes);
  };
  return { rewind: rewinder(agent, handle), once };
}

function rewinder(agent: Pick<Agent, "client">, handle: number): () => void {
  const request = command("guest-file-seek", { handle, offset: 0, whence: 0 });
  answerBytes(agent, request);
  return () => agent.client.ask(request);
}

export function openFile({ client }: Pick<Agent, "client">, path: string, mode: string): number {
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
