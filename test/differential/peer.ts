/** One agent, started in private: its own folder for state, socket and working files, ended by its pid. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { guard } from "./guard.ts";
import { environment } from "./launch.ts";
import { build, type World } from "./world.ts";

export interface PeerOptions {
  /** Options beside method, path and state folder. `{folder}` in them is replaced. */
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Content of files in the private folder, by name; written before the start. */
  readonly files?: Readonly<Record<string, string>>;
  /** What it sees of the system, instead of the machine's. */
  readonly world?: World;
}

export interface Sending {
  /** One character a byte. */
  readonly bytes: string;
  /** Sizes of the pieces that are written one by one; 1 is "every byte alone". */
  readonly piece?: number;
  /** Wait for so many lines before the end mark is sent: for what takes long, since a sync abandons it in ours. */
  readonly lines?: number;
  readonly safe?: string;
  /** Ask again until a line of the answers is so. */
  readonly until?: RegExp;
}

const START_LIMIT = 10_000;
const ANSWER_LIMIT = 30_000;
const UNTIL_LIMIT = 15_000;
/** What stands in place of an answer. */
export const STOPPED = "<the answers stopped>";
export const ENDED = "<the agent ended>";
/** An id that no case uses. */
let nextId = 7_700_000_001;

export class Peer {
  readonly name: string;
  /** The agent's working folder: cases name files relative to it. */
  readonly folder: string;
  readonly #command: readonly string[];
  readonly #options: PeerOptions;
  #process: ChildProcess | undefined;
  #socket: Socket | undefined;
  #received: Buffer[] = [];
  #lines: string[] = [];
  #wake: () => void = () => {};
  #log = "";

  private constructor(name: string, folder: string, command: readonly string[], options: PeerOptions) {
    this.name = name;
    this.folder = folder;
    this.#command = command;
    this.#options = options;
  }

  static async start(name: string, command: readonly string[], options: PeerOptions = {}): Promise<Peer> {
    const base = await mkdtemp(join(tmpdir(), "lodger-differential-"));
    const peer = new Peer(name, join(base, "work"), command, options);
    await mkdir(join(base, "state"));
    await mkdir(peer.folder);
    for (const [file, text] of Object.entries(options.files ?? {})) await writeFile(join(base, file), text, "latin1");
    if (options.world) await build(base, options.world);
    await peer.launch();
    return peer;
  }

  get base(): string {
    return join(this.folder, "..");
  }

  get log(): string {
    return this.#log;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  get running(): boolean {
    return this.#process !== undefined && this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Starts the process, again after `end`, and connects. */
  async launch(): Promise<void> {
    const [file = "", ...args] = this.#command.map((word) => word.replaceAll("{folder}", this.base));
    const own = (this.#options.options ?? []).map((option) => option.replaceAll("{folder}", this.base));
    const started = spawn(file, [...args, "-m", "unix-listen", "-p", join(this.base, "s"), "-t", join(this.base, "state"), ...own], {
      cwd: this.folder,
      env: environment(this.base, this.#inFolder(this.#options.env ?? {})),
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = started;
    started.stderr.on("data", (chunk: Buffer) => {
      this.#log = (this.#log + chunk.toString("latin1")).slice(-4000);
    });
    const failed = once(started, "error").then(([error]) => {
      throw error;
    });
    failed.catch(() => {});
    await Promise.race([failed, this.connect()]);
  }

  async connect(): Promise<void> {
    const end = Date.now() + START_LIMIT;
    for (;;) {
      if (!this.running) throw new Error(`${this.name} ended with status ${this.#process?.exitCode}: ${this.#log}`);
      const socket = connect(join(this.base, "s"));
      try {
        await once(socket, "connect");
        this.#attach(socket);
        return;
      } catch {
        if (Date.now() > end) throw new Error(`${this.name} can't be reached: ${this.#log}`);
        await delay(5);
      }
    }
  }

  /** Leaves. The reference ends when a client leaves with an answer unread, so cases read everything first. */
  async disconnect(): Promise<void> {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    const closed = once(socket, "close");
    socket.destroy();
    await closed;
  }

  /** Sends without waiting for anything. */
  async send({ bytes, piece, safe }: Sending): Promise<void> {
    guard(bytes, safe, this.#options.world);
    const data = Buffer.from(bytes, "latin1");
    if (piece === undefined) return this.#write(data);
    for (let at = 0; at < data.length; at += piece) {
      await this.#write(data.subarray(at, at + piece));
      // The agent must have read this piece before the next one arrives.
      await delay(1);
    }
  }

  /** Like `ask`, again and again until a line of the answers is as wanted, or for too long. */
  async askUntil(sending: Sending): Promise<string[]> {
    const end = Date.now() + UNTIL_LIMIT;
    for (;;) {
      const lines = await this.ask(sending);
      if (!sending.until || lines.some((line) => sending.until?.test(line)) || Date.now() > end || !this.running) return lines;
      await delay(10);
    }
  }

  /**
   * Sends, then finds the end of the answers: a newline and 0xFF bring every lexer back to its start (the line that answers 0xFF also shows
   * in which state the bytes have left it, so it is part of the answers), and a sync with an id of its own is answered last.
   */
  async ask(sending: Sending): Promise<string[]> {
    const id = nextId++;
    const mark = `\n\xff{"execute":"guest-sync","arguments":{"id":${id}}}\n`;
    const end = new RegExp(`^\\{"return": ?${id}\\}$`);
    if (sending.lines === undefined && sending.piece === undefined) {
      await this.send({ ...sending, bytes: sending.bytes + mark });
    } else {
      await this.send(sending);
      const { lines = 0 } = sending;
      await this.#until(() => this.#lines.length >= lines);
      await this.#write(Buffer.from(mark, "latin1"));
    }
    const complete = await this.#until(() => this.#lines.some((line) => end.test(line)));
    const at = complete ? this.#lines.findIndex((line) => end.test(line)) : this.#lines.length;
    const answers = this.#lines.splice(0, at + 1).slice(0, at);
    if (complete) return answers;
    // A process that ends closes its connection first.
    const since = Date.now();
    while (this.running && this.#socket?.destroyed && Date.now() - since < 2000) await delay(5);
    answers.push(this.running ? STOPPED : ENDED);
    return answers;
  }

  /** Ends the process, by its pid. @returns its status or the signal that ended it. */
  async end(signal: NodeJS.Signals = "SIGTERM"): Promise<number | string | null> {
    const ending = this.#process;
    if (!ending?.pid || !this.running) return ending?.exitCode ?? ending?.signalCode ?? null;
    const exited = once(ending, "exit");
    ending.kill(signal);
    const late = setTimeout(() => ending.kill("SIGKILL"), 5000);
    await exited;
    clearTimeout(late);
    await this.disconnect();
    return ending.exitCode ?? ending.signalCode;
  }

  /** Ends it and removes what it left. */
  async dispose(): Promise<void> {
    await this.end("SIGKILL");
    await rm(this.base, { recursive: true, force: true });
  }

  #inFolder(values: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, value.replaceAll("{folder}", this.base)]));
  }

  #attach(socket: Socket): void {
    this.#socket = socket;
    this.#received = [];
    this.#lines = [];
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => {});
    socket.on("close", () => this.#wake());
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let at = rest.indexOf(10); at >= 0; at = rest.indexOf(10)) {
      this.#lines.push(Buffer.concat([...this.#received, rest.subarray(0, at)]).toString("latin1"));
      this.#received = [];
      rest = rest.subarray(at + 1);
    }
    if (rest.length > 0) this.#received.push(rest);
    this.#wake();
  }

  async #write(data: Buffer): Promise<void> {
    const socket = this.#socket;
    if (!socket || socket.destroyed) return;
    await new Promise<void>((resolve) => socket.write(data, () => resolve()));
  }

  async #until(reached: () => boolean): Promise<boolean> {
    const limit = setTimeout(() => this.#wake(), ANSWER_LIMIT);
    const end = Date.now() + ANSWER_LIMIT;
    try {
      while (!reached()) {
        if (Date.now() >= end || !this.#socket || this.#socket.destroyed) return false;
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      return true;
    } finally {
      clearTimeout(limit);
      this.#wake = () => {};
    }
  }
}
