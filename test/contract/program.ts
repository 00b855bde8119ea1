/** The whole program as its users have it: started with arguments, asked over a socket, ended by a signal. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** How it is started, without arguments. */
export type Program = readonly [command: string, ...args: string[]];

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export interface Options {
  /** Default: an empty environment. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Nothing may take longer. Default: 10 seconds. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 10_000;

const NEWLINE = 0x0a;

/** Runs it to its end; what doesn't end is killed, and has no status. */
export async function run(program: Program, args: readonly string[], options: Options = {}): Promise<Ended> {
  const child = start(program, args, options);
  const deadline = setTimeout(() => child.process.kill("SIGKILL"), options.patienceMs ?? PATIENCE_MS);
  const ended = await child.ended;
  clearTimeout(deadline);
  return ended;
}

export interface Running {
  readonly pid: number;
  /** Resolves when it has ended by itself or by somebody. */
  readonly ended: Promise<Ended>;
  /** Connects, sends one request and gives the answer; waits for the socket to be there. */
  ask(request: object): Promise<unknown>;
  /** Sends SIGTERM. @returns how it ended, and after how many milliseconds. */
  end(): Promise<Ended & { readonly afterMs: number }>;
}

/** Starts an agent that listens on a unix socket. */
export function serve(program: Program, socket: string, args: readonly string[], options: Options = {}): Running {
  const { process: child, ended } = start(program, args, options);
  const patienceMs = options.patienceMs ?? PATIENCE_MS;
  return {
    pid: child.pid ?? 0,
    ended,
    async ask(request) {
      const client = await connected(socket, child, patienceMs);
      client.write(`${JSON.stringify(request)}\n`);
      const chunks: Buffer[] = [];
      for await (const chunk of client as AsyncIterable<Buffer>) {
        chunks.push(chunk);
        if (chunk.at(-1) === NEWLINE) break; // which also closes it
      }
      return JSON.parse(Buffer.concat(chunks).toString());
    },
    async end() {
      const sent = performance.now();
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), patienceMs);
      const result = await ended;
      clearTimeout(late);
      return { ...result, afterMs: performance.now() - sent };
    },
  };
}

function start([command, ...before]: Program, args: readonly string[], { environment = {}, cwd }: Options) {
  const child = spawn(command, [...before, ...args], { env: environment, cwd, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  let errors = "";
  child.stdout.setEncoding("utf8").on("data", (text) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text) => {
    errors += text;
  });
  const ended = once(child, "close").then(([status, signal]): Ended => ({ status, signal, output, errors }));
  return { process: child, ended };
}

async function connected(path: string, server: ChildProcess, patienceMs: number): Promise<Socket> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const client = connect(path);
    try {
      await once(client, "connect");
      return client;
    } catch (error) {
      if (server.exitCode !== null || performance.now() > deadline) throw new Error("nobody listens there", { cause: error });
      await pause(5);
    }
  }
}
