/** What a command is handed beside its arguments, and what has to be given back when its request is done. */
import type { AuditRecord, Client } from "../audit/audit.ts";
import { failed } from "../errors.ts";
import type { Log } from "../log.ts";
import { ownProcess } from "../os/own-process.ts";
import type { Confinement } from "../os/ports.ts";
import type { CommandContext } from "../plugin.ts";
import type { Scratch, ScratchPool } from "../protocol/scratch.ts";

/** From so much on it is asked first whether it is there: no request shall end the agent. */
const LOOKED_AT_BYTES = 4 * 1024 * 1024;

export class RequestContext implements CommandContext {
  readonly log: Log;
  readonly client: Client;
  /** Of the request, where one is made. */
  record: AuditRecord | undefined;
  /** Wants to know what is answered, where what is sent is limited. */
  answered: ((result: unknown) => void) | undefined;
  private readonly pool: ScratchPool;
  private controller: AbortController | undefined;
  private lent: Scratch[] | undefined;
  private confined: Map<string, Confinement> | undefined;
  private after: (() => void)[] | undefined;

  constructor(log: Log, pool: ScratchPool, client: Client) {
    this.log = log;
    this.client = client;
    this.pool = pool;
  }

  /** Made only for commands that look at it: most answer before anybody could give them up. */
  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    return this.controller.signal;
  }

  scratch(bytes: number): Uint8Array {
    const scratch = this.pool.take();
    this.lent ??= [];
    this.lent.push(scratch);
    if (bytes > Math.max(scratch.buffer.length, LOOKED_AT_BYTES)) checkMemory(bytes);
    scratch.reserve(0, bytes);
    return scratch.buffer.subarray(0, bytes);
  }

  confinement(argument: string): Confinement | undefined {
    return this.confined?.get(argument);
  }

  /** For the gate, before the command runs. */
  confine(argument: string, confinement: Confinement): void {
    this.confined ??= new Map();
    this.confined.set(argument, confinement);
  }

  afterAnswer(done: () => void): void {
    this.after ??= [];
    this.after.push(done);
  }

  abandon(): void {
    this.record?.abandoned();
    this.controller ??= new AbortController();
    this.controller.abort();
  }

  release(): void {
    for (const scratch of this.lent ?? []) this.pool.give(scratch);
    this.lent = undefined;
    for (const done of this.after ?? []) done();
    this.after = undefined;
  }
}

/** @throws CommandError if the kernel would end a process for it. */
function checkMemory(bytes: number): void {
  const left = ownProcess().memoryLeft?.();
  if (left === undefined || left >= bytes) return;
  const [wanted, there] = [bytes, left].map((size) => `${Math.floor(size / 1024)} KiB`);
  throw failed(`not enough memory for ${wanted}: the agent can have ${there} more; ask for less at a time, or raise its limit`);
}
