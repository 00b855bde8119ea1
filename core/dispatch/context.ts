/** What a command is handed beside its arguments, and what has to be given back when its request is done. */
import type { AuditRecord, Client } from "../audit/audit.ts";
import type { Log } from "../log.ts";
import type { Confinement } from "../os/ports.ts";
import type { CommandContext } from "../plugin.ts";
import type { Scratch, ScratchPool } from "../protocol/scratch.ts";

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
    scratch.reserve(0, bytes);
    this.lent ??= [];
    this.lent.push(scratch);
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
