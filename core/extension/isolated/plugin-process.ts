/** One process of an isolated plugin, from its start to its end: what is asked of it, and whether it is well. Nothing that it says is believed. */
import type { ChildProcess } from "node:child_process";
import type { Duplex, Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { failed } from "../../errors.ts";
import type { Level } from "../../log.ts";
import { ownCommand } from "../../process/self.ts";
import { Channel } from "./channel.ts";
import { cut, errorOf } from "./failure.ts";
import { MAX_FRAME_BYTES } from "./frames.ts";
import { killLeftovers, processMark } from "./leftovers.ts";
import { privateMemory } from "./memory.ts";
import { CHANNEL_FD, PLUGIN_HOST, type Request, readFromChild, type ToChild } from "./messages.ts";
import { OutputLines } from "./output-lines.ts";
import { ProtocolError } from "./protocol-error.ts";

const MIB = 2 ** 20;
/** How often it is looked at. */
const TICK_MS = 1000;
/** So many looks in a row without a sign of life, while a command runs, and its loop is blocked. Counted and not timed: a paused guest's time goes on. */
const PATIENCE_TICKS = 10;
/** What it may say unasked within a tick, each message for its bytes and this much more; a larger one that isn't an answer is refused. */
const UNASKED_BYTES = 8 * MIB;
const MESSAGE_BYTES = 1024;
const SMALL_FRAME_BYTES = MIB;
/** Commands that never answered after they were given up; beyond this it leaks. */
const MOST_ABANDONED = 1000;
/** What it has not read of all that it was sent. */
const BACKLOG_BYTES = 256 * MIB;
/** How many commands a line names. */
const SHOWN = 5;
/** Between the end of its channel, its own end and that of its output. */
const LAST_WORDS_MS = 500;

export interface ProcessEvents {
  log(level: Level, text: string): void;
  /** @returns the plugin's own folder. */
  folder(): Promise<string>;
}

interface Pending {
  /** For the log: "guest-x". */
  readonly what: string;
  readonly call: boolean;
  written: boolean;
  resolve(value: unknown): void;
  reject(error: Error): void;
}

export interface AskOptions {
  readonly withinMs?: number;
  readonly signal?: AbortSignal;
}

export class PluginProcess {
  /** Resolves with how it ended, when nothing is left of it. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #channel: Channel | undefined;
  readonly #events: ProcessEvents;
  readonly #pending = new Map<number, Pending>();
  readonly #abandoned = new Set<number>();
  readonly #memoryLimit: number;
  readonly #timer: NodeJS.Timeout;
  readonly #output: OutputLines[] = [];
  /** Resolves when all that it printed has been read. */
  readonly #printed: Promise<void>;
  #lastId = 0;
  #silentTicks = 0;
  #unasked = 0;
  #reason: string | undefined;

  /** @param memoryLimit in MiB. @throws Error if there can't be a process. */
  static async start(
    memoryLimit: number,
    events: ProcessEvents,
    command: readonly [string, ...string[]] = ownCommand(PLUGIN_HOST),
  ): Promise<PluginProcess> {
    const { spawn } = await import("node:child_process");
    const [program, ...args] = command;
    const mark = processMark();
    // A session of its own, and nothing of the agent's environment: some of it would steer Node.
    const child = spawn(program, args, {
      detached: true,
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      cwd: "/",
      env: { PATH: process.env.PATH ?? "/usr/sbin:/usr/bin:/sbin:/bin", [mark.name]: mark.value },
    });
    const made = new PluginProcess(child, mark.value, memoryLimit, events);
    if (child.pid === undefined) throw new Error(await made.ended);
    return made;
  }

  private constructor(child: ChildProcess, mark: string, memoryLimit: number, events: ProcessEvents) {
    this.#child = child;
    this.#events = events;
    this.#memoryLimit = memoryLimit;
    const exited = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(`it can't be started: ${error.message}`));
      child.once("exit", (status, signal) => resolve(signal === null ? `it exited with status ${status}` : `it was ended by ${signal}`));
    });
    const socket = child.stdio?.[CHANNEL_FD] as Duplex | undefined;
    // Without a descriptor to spare there are none.
    if (socket) {
      const limit = () => (this.running.length > 0 ? MAX_FRAME_BYTES : SMALL_FRAME_BYTES);
      const closed = (error: Error | undefined) => {
        if (error instanceof ProtocolError) this.kill(`it spoilt its channel: ${error.message}`);
        // Usually because it ends: then how it did is the better reason.
        else setTimeout(() => this.kill("it closed its channel"), LAST_WORDS_MS).unref();
      };
      this.#channel = new Channel(socket, { message: (message, bytes) => this.#receive(message, bytes), closed }, limit);
      this.#print(child.stdout, "info");
      this.#print(child.stderr, "warning");
    }
    this.#timer = setInterval(() => this.#tick(), TICK_MS).unref();
    this.#hold(false);
    this.#printed = new Promise((resolve) => child.once("close", () => resolve()));
    this.ended = exited.then((how) => this.#cleared(how, mark));
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Why nothing can be asked of it any more; undefined while it can. */
  get over(): string | undefined {
    return this.#reason;
  }

  /** The commands that it runs now, the oldest first. */
  get running(): string[] {
    return [...this.#pending.values()].filter(({ call }) => call).map(({ what }) => what);
  }

  /**
   * @param what for the log and for errors.
   * @param options it is ended if it takes longer than `withinMs`; nobody waits for it any more when `signal` fires.
   * @throws CommandError for the client. @throws Error of the plugin's.
   */
  ask(request: Request, what: string, { withinMs, signal }: AskOptions = {}): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#reason !== undefined || !this.#channel) throw failed(`${what} can't run: ${this.#reason ?? "it has not started"}`);
      if (this.#channel.backlog > BACKLOG_BYTES) throw failed(`${what} can't run: the plugin doesn't read what it is sent`);
      const id = ++this.#lastId;
      const call = request.type === "call";
      let timer: NodeJS.Timeout | undefined;
      const abandon = () => {
        this.#abandoned.add(id);
        this.#settle(id)?.reject(failed(`${what} was given up`));
        this.#send({ type: "abort", id });
        if (this.#abandoned.size > MOST_ABANDONED) this.kill(`${this.#abandoned.size} commands that were given up have never ended`);
      };
      const done = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abandon);
      };
      const pending: Pending = {
        what,
        call,
        written: false,
        resolve(value) {
          done();
          resolve(value);
        },
        reject(error) {
          done();
          reject(error);
        },
      };
      this.#channel.send({ ...request, id }, () => {
        pending.written = true;
      });
      if (call && this.#pending.size === 0 && this.#abandoned.size === 0) this.#silentTicks = 0;
      this.#pending.set(id, pending);
      this.#hold(true);
      if (withinMs !== undefined) timer = setTimeout(() => this.kill(`it took longer than ${withinMs} ms for ${what}`), withinMs);
      if (signal?.aborted) abandon();
      else signal?.addEventListener("abort", abandon, { once: true });
    });
  }

  /** Ends it, for this reason if it has not ended already. Whoever waits for it reads that at once. */
  kill(reason: string): void {
    if (this.#reason !== undefined) return;
    this.#fail(reason);
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    try {
      process.kill(-pid, "SIGKILL");
    } catch {
      this.#child.kill("SIGKILL"); // it has no group yet
    }
  }

  #fail(reason: string): void {
    const running = this.running;
    const during = running.length > 0 ? `, while it ran ${running.slice(0, SHOWN).join(", ")}${running.length > SHOWN ? ", …" : ""}` : "";
    this.#reason = `${reason}${during}`;
    clearInterval(this.#timer);
    this.#channel?.close();
    for (const [id, { what }] of this.#pending) {
      this.#settle(id)?.reject(failed(`${what} has no answer, for the plugin's process has ended: ${reason}`));
    }
  }

  /** @returns how it ended. */
  async #cleared(how: string, mark: string): Promise<string> {
    if (this.#reason === undefined) this.#fail(how);
    const { pid } = this.#child;
    const left = pid === undefined ? 0 : killLeftovers(pid, mark);
    // Its last words are what the admin wants to read.
    await Promise.race([this.#printed, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    for (const output of this.#output) output.close();
    return `${this.#reason}${left > 0 ? `; ${left} process(es) that it left behind were ended too` : ""}`;
  }

  #receive(raw: unknown, bytes: number): void {
    const message = readFromChild(raw);
    const asked = (message.type === "result" || message.type === "error") && this.#pending.has(message.id);
    if (!asked) {
      this.#unasked += bytes + MESSAGE_BYTES;
      if (bytes > SMALL_FRAME_BYTES || this.#unasked > UNASKED_BYTES) throw new ProtocolError("more than it was asked for");
    }
    switch (message.type) {
      case "beat":
        this.#silentTicks = 0;
        return;
      case "log":
        this.#events.log(message.level, cut(message.text));
        return;
      case "folder":
        this.#answerFolder(message.id);
        return;
      case "result":
        this.#answered(message.id)?.resolve(message.value);
        return;
      case "error":
        this.#answered(message.id)?.reject(errorOf(message.error));
    }
  }

  /** @returns undefined if nobody waits for the answer any more. */
  #answered(id: number): Pending | undefined {
    if (this.#abandoned.delete(id)) return undefined;
    const pending = this.#pending.get(id);
    if (!pending) throw new ProtocolError("an answer to what it was not asked");
    // The bytes of the question are lent: they must not be used again while they are still being sent.
    if (!pending.written) throw new ProtocolError("an answer to a question that it hasn't read");
    return this.#settle(id);
  }

  #settle(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (this.#pending.size === 0) this.#hold(false);
    return pending;
  }

  #answerFolder(id: number): void {
    this.#events.folder().then(
      (path) => this.#send({ type: "folder", id, path }),
      (error: unknown) => this.#send({ type: "folder", id, error: error instanceof Error ? error.message : String(error) }),
    );
  }

  #send(message: ToChild): void {
    this.#channel?.send(message);
  }

  #tick(): void {
    this.#unasked = 0;
    const { pid } = this.#child;
    const memory = pid === undefined ? undefined : privateMemory(pid);
    if (memory !== undefined && memory > this.#memoryLimit * MIB) {
      this.kill(`it had ${Math.round(memory / MIB)} MiB, and its memory-limit is ${this.#memoryLimit} MiB`);
    }
    if (this.running.length === 0 && this.#abandoned.size === 0) return;
    if (this.#silentTicks >= PATIENCE_TICKS) this.kill(`it blocked its loop for ${(PATIENCE_TICKS * TICK_MS) / 1000} s`);
    else if (this.#channel && this.#channel.backlog < BACKLOG_BYTES) this.#send({ type: "beat" });
    this.#silentTicks += 1;
  }

  #print(stream: Readable | null, level: Level): void {
    if (stream) this.#output.push(new OutputLines(stream, (line) => this.#events.log(level, line)));
  }

  /** Who waits for an answer keeps the agent running; a plugin by itself doesn't. */
  #hold(held: boolean): void {
    const { stdout, stderr, stdio } = this.#child;
    for (const each of [this.#child, stdout, stderr, stdio?.[CHANNEL_FD]]) {
      const handle = each as { ref?: () => void; unref?: () => void } | null | undefined;
      if (held) handle?.ref?.();
      else handle?.unref?.();
    }
  }
}
