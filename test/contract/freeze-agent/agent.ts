/** The bundle, run on a socket by a scenario, and a client of it that can't freeze anything but the scenario's own file systems. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ownFolder } from "./images.ts";

const PATIENCE_MS = 20_000;

interface Answer {
  readonly return?: unknown;
  readonly error?: { readonly class: string; readonly desc: string };
}

/** One connection. Requests may be sent while others run: answers come in the order of the requests. */
export class Client {
  readonly #folder: string;
  readonly #socket: Socket;
  readonly #waiting: ((answer: Answer) => void)[] = [];
  #text = "";

  constructor(folder: string, socket: Socket) {
    this.#folder = ownFolder(folder);
    this.#socket = socket;
    socket.on("error", () => undefined);
    socket.setEncoding("utf8").on("data", (text: string) => {
      this.#text += text;
      for (let end = this.#text.indexOf("\n"); end >= 0; end = this.#text.indexOf("\n")) {
        const line = this.#text.slice(0, end).replace("\xff", "");
        this.#text = this.#text.slice(end + 1);
        this.#waiting.shift()?.(JSON.parse(line));
      }
    });
  }

  /** @returns what is returned. @throws Error with what the error says. */
  async ask(execute: string, args: object = {}): Promise<unknown> {
    if (execute === "guest-fsfreeze-freeze") throw new Error("never all: only a list");
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.push(resolve);
    this.#socket.write(`${JSON.stringify({ execute, arguments: args })}\n`);
    const answer = await Promise.race([promise, sleep(PATIENCE_MS, undefined, { ref: false })]);
    if (answer === undefined) throw new Error(`no answer to ${execute}`);
    if (answer.error !== undefined) throw new Error(answer.error.desc);
    return answer.return;
  }

  async freeze(...mountpoints: string[]): Promise<unknown> {
    if (mountpoints.length === 0 || !mountpoints.every((path) => path.startsWith(`${this.#folder}/`))) {
      throw new Error("only with a list of this test's own mount points");
    }
    return this.ask("guest-fsfreeze-freeze-list", { mountpoints });
  }

  thaw(): Promise<unknown> {
    return this.ask("guest-fsfreeze-thaw");
  }

  status(): Promise<unknown> {
    return this.ask("guest-fsfreeze-status");
  }

  /** How long an answer takes, in milliseconds. */
  async time(execute: string, args: object = {}): Promise<number> {
    const start = performance.now();
    await this.ask(execute, args);
    return performance.now() - start;
  }

  leave(): void {
    this.#socket.destroy();
  }
}

export interface AgentOptions {
  readonly state?: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
}

let agents = 0;

export class Agent {
  readonly folder: string;
  readonly process: ChildProcess;
  readonly ended: Promise<unknown>;
  readonly #socket: string;
  readonly state: string;
  /** What it wrote to standard error: its log. */
  log = "";

  constructor(
    program: readonly string[],
    folder: string,
    { state = join(folder, `state-${++agents}`), args = [], environment = {} }: AgentOptions = {},
  ) {
    this.folder = ownFolder(folder);
    this.state = state;
    mkdirSync(state, { recursive: true });
    this.#socket = join(folder, `socket-${++agents}`);
    const [command = "", ...before] = program;
    // The root file system is excluded, too, should a client ask for it after all.
    const common = ["-m", "unix-listen", "-p", this.#socket, "-t", state, "--freeze-exclude=/", "--freeze-hooks", join(folder, "no-hooks")];
    this.process = spawn(command, [...before, ...common, ...args], { env: environment, stdio: ["ignore", "ignore", "pipe"] });
    this.process.stderr?.setEncoding("utf8").on("data", (text) => {
      this.log += text;
    });
    this.ended = once(this.process, "close");
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  async connect(): Promise<Client> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const socket = connect(this.#socket);
      try {
        await once(socket, "connect");
        return new Client(this.folder, socket);
      } catch (error) {
        if (performance.now() > deadline) throw new Error(`nobody listens there: ${this.log}`, { cause: error });
        await sleep(10);
      }
    }
  }

  /** @returns the process ids of its guards. */
  guards(): number[] {
    return guardsOf(this.pid);
  }

  /** Sends it and waits for its end. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    this.process.kill(signal);
    await this.ended;
  }
}

export function guardsOf(parent: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const isChild = readFileSync(`/proc/${pid}/stat`, "latin1")
          .replace(/^.*\) . /s, "")
          .startsWith(`${parent} `);
        return isChild && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("\0freeze-guard\0");
      } catch {
        return false; // it has ended
      }
    });
}

/** Whoever inherits an orphan may take its time to collect it. */
export function hasEnded(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").includes(") Z ");
  } catch {
    return true;
  }
}

/** Waits for what has no event. @throws Error after a while. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`it did not come to this: ${what}`);
    await sleep(10);
  }
}
