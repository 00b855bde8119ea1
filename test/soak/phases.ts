/** What the soak asks of the agent, one thing after another. A cycle leaves the agent as it was: nothing is open, nothing runs. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Agent, pause } from "../bench/agents.ts";
import { type Client, connectClient } from "../bench/client.ts";

export interface Phase {
  readonly name: string;
  readonly cycles: number;
  /** Cycles of a run that only shows that the soak works. */
  readonly quick: number;
  /** Does so many at least. @returns how many it did. */
  run(soaked: Soaked, cycles: number): number;
}

export interface Soaked {
  readonly agent: Agent;
  /** Where the agent listens. */
  readonly socket: string;
  readonly toml: string;
}

const INFOS_A_BATCH = 16;
const PROGRAMS_AT_ONCE = 8;
const BYTES = Buffer.alloc(4096, "soak").toString("base64");
const PATIENCE_MS = 60_000;

export const PHASES: readonly Phase[] = [
  { name: "guest-info", cycles: 1_000_000, quick: 16_000, run: infos },
  { name: "files", cycles: 100_000, quick: 800, run: files },
  { name: "exec", cycles: 100_000, quick: 320, run: programs },
  { name: "connections", cycles: 10_000, quick: 320, run: connections },
  { name: "reloads", cycles: 1000, quick: 32, run: reloads },
];

function infos({ agent: { client } }: Soaked, cycles: number): number {
  const info = Buffer.from('{"execute":"guest-info"}\n');
  client.send(info);
  const bytes = client.skipLine() * INFOS_A_BATCH;
  const batch = Buffer.concat(Array<Buffer>(INFOS_A_BATCH).fill(info));
  const batches = Math.ceil(cycles / INFOS_A_BATCH);
  for (let i = 0; i < batches; i++) {
    client.send(batch);
    client.skip(bytes);
  }
  return batches * INFOS_A_BATCH + 1;
}

function files({ agent: { client, folder } }: Soaked, cycles: number): number {
  const path = join(folder, "soaked");
  for (let i = 0; i < cycles; i++) {
    const handle = ask(client, "guest-file-open", { path, mode: "w+" });
    ask(client, "guest-file-write", { handle, "buf-b64": BYTES });
    ask(client, "guest-file-seek", { handle, offset: 0, whence: "set" });
    const read = ask(client, "guest-file-read", { handle, count: 8192 });
    if (fieldOf(read, "buf-b64") !== BYTES) throw new Error("what was read is not what was written");
    ask(client, "guest-file-flush", { handle });
    ask(client, "guest-file-close", { handle });
  }
  return cycles;
}

function programs({ agent: { client } }: Soaked, cycles: number): number {
  const rounds = Math.ceil(cycles / PROGRAMS_AT_ONCE);
  for (let round = 0; round < rounds; round++) {
    const started = Array.from({ length: PROGRAMS_AT_ONCE }, () =>
      fieldOf(ask(client, "guest-exec", { path: "/bin/echo", arg: ["soaked"], "capture-output": true }), "pid"),
    );
    for (const pid of started) {
      const ended = soon(() => {
        const status = ask(client, "guest-exec-status", { pid });
        return fieldOf(status, "exited") === true ? status : undefined;
      }, `the end of process ${pid}`);
      if (fieldOf(ended, "exitcode") !== 0 || fieldOf(ended, "out-data") !== "c29ha2VkCg==") {
        throw new Error(`a program's end is wrong: ${JSON.stringify(ended)}`);
      }
    }
  }
  return rounds * PROGRAMS_AT_ONCE;
}

function connections({ socket }: Soaked, cycles: number): number {
  for (let i = 0; i < cycles; i++) {
    const client = soon(() => connectClient(socket), "a connection");
    ask(client, "guest-ping", {});
    // Some leave with a request and an answer on their way.
    if (i % 4 === 0) client.send(Buffer.from('{"execute":"guest-info"}{"execute":"guest-'));
    client.close();
  }
  return cycles;
}

let reloaded = 0;

/** The plugin gets another option each time, so it is started anew. */
function reloads({ agent: { client, pid }, toml }: Soaked, cycles: number): number {
  for (let i = 0; i < cycles; i++) {
    const round = ++reloaded;
    writeFileSync(`${toml}.new`, configuration(round), { mode: 0o644 });
    renameSync(`${toml}.new`, toml);
    process.kill(pid, "SIGHUP");
    soon(() => (answerTo(client, "guest-soaked", {}).return === round ? true : undefined), `the configuration of round ${round}`);
  }
  return cycles;
}

export function configuration(round: number): string {
  return `[plugins.soaked.options]\nround = ${round}\n`;
}

/** The plugin that is reloaded: its command says which configuration it has. */
export const RELOADED_PLUGIN = `import { command, definePlugin, Type } from "lodger/plugin";
export default definePlugin({ name: "soaked", options: Type.Object({ round: Type.Int64() }),
  commands: (needs, { options }) => [command({ name: "guest-soaked", since: "1.0", summary: "Tells the round.", returns: Type.Int64(),
    run: async () => options.round })] });
`;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
}

function answerTo(client: Client, execute: string, args: object): Answer {
  return JSON.parse(client.ask(`${JSON.stringify({ execute, arguments: args })}\n`)) as Answer;
}

function ask(client: Client, execute: string, args: object): unknown {
  const { return: value, error } = answerTo(client, execute, args);
  if (error !== undefined) throw new Error(`${execute}: ${error.desc}`);
  return value;
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

/** Asks again and again for what comes to be. @throws Error if it doesn't. */
function soon<T>(look: () => T | undefined, what: string): T {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}: nothing after ${PATIENCE_MS / 1000} s`);
    pause(0.5);
  }
}
