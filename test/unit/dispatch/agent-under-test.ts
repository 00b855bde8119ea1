/** An agent with the given commands behind a connection that is plain values. */
import "reflect-metadata";
import { NO_AUDIT } from "../../../core/audit/audit.ts";
import { Dispatcher } from "../../../core/dispatch/dispatcher.ts";
import { Gate } from "../../../core/dispatch/gate.ts";
import { CommandRegistry } from "../../../core/dispatch/registry.ts";
import { Session } from "../../../core/dispatch/session.ts";
import type { AnyCommand, Connection, Log } from "../../../core/plugin.ts";
import { qemuLists } from "../../../core/policy/qemu-lists.ts";
import { NO_RULES } from "../../../core/policy/rules.ts";
import { Statistics } from "../../../core/statistics/statistics.ts";

export interface Lines extends Log {
  readonly lines: string[];
}

export function recordingLog(): Lines {
  const lines: string[] = [];
  const add = (level: string) => (text: string | (() => string)) => {
    lines.push(`${level}: ${typeof text === "string" ? text : text()}`);
  };
  return {
    lines,
    error: add("error"),
    critical: add("critical"),
    warning: add("warning"),
    message: add("message"),
    info: add("info"),
    debug: () => undefined,
  };
}

export class TestConnection implements Connection {
  readonly peer = "test";
  readonly closed: Promise<void>;
  readonly bytes: AsyncIterable<Uint8Array>;
  /** While set, nothing is taken: what `send` promised waits. */
  stalled: Promise<void> | undefined;
  /** Bytes given to `send`. */
  sent = "";
  private queue: Uint8Array[] = [];
  private wake: (() => void) | undefined;
  private ended = false;
  private resolveClosed: () => void = () => undefined;
  private reading = 0;

  constructor() {
    this.closed = new Promise((resolve) => {
      this.resolveClosed = resolve;
    });
    this.bytes = this.read();
  }

  /** Chunks that the session has asked for so far. */
  get chunksRead(): number {
    return this.reading;
  }

  receive(text: string): void {
    this.queue.push(Buffer.from(text, "latin1"));
    this.wake?.();
  }

  end(): void {
    this.ended = true;
    this.wake?.();
  }

  async send(bytes: Uint8Array): Promise<void> {
    this.sent += Buffer.from(bytes).toString("latin1");
    await this.stalled;
  }

  close(): void {
    this.resolveClosed();
  }

  private async *read(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.queue.shift();
      if (chunk) {
        this.reading++;
        yield chunk;
      } else if (this.ended) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}

/** No rule of these tests asks where a path leads. */
const nowhere = { resolve: () => Promise.reject(new Error("nobody asks")) };

export interface Served {
  readonly connection: TestConnection;
  readonly log: Lines;
  readonly served: Promise<void>;
  readonly dispatcher: Dispatcher;
  readonly registry: CommandRegistry;
}

export async function serve(
  commands: readonly AnyCommand[],
  options: { frozen?: boolean; block?: string[]; allow?: string[] } = {},
): Promise<Served> {
  const log = recordingLog();
  const state = {
    frozen: options.frozen ?? false,
    nextHandle: async () => 1000,
    freezing: false,
    enterFrozen: async () => undefined,
    leaveFrozen: async () => undefined,
    frozenMark: { mark: "", note: "" },
  };
  const gate = new Gate({ ...NO_RULES, ...qemuLists({ blockRpcs: options.block ?? [], allowRpcs: options.allow ?? [] }) }, state, nowhere);
  const registry = new CommandRegistry(gate, {});
  await registry.add("test", commands);
  const connection = new TestConnection();
  const dispatcher = new Dispatcher(registry, gate, log, NO_AUDIT, new Statistics());
  const served = new Session(connection, dispatcher, log).serve();
  return { connection, log, served, dispatcher, registry };
}

/** Sends all, waits for the end, and returns the lines that were answered. */
export async function answers(commands: readonly AnyCommand[], text: string, options = {}): Promise<string[]> {
  const { connection, served } = await serve(commands, options);
  connection.receive(text);
  connection.end();
  await served;
  return connection.sent.split("\n").slice(0, -1);
}
