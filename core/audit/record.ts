/** One request's record: gathers what becomes known of it, and is written when it has ended. */
import { originText } from "../config/problems.ts";
import type { Decision } from "../policy/policy.ts";
import type { TObject } from "../schema.ts";
import type { AuditRecord, Client } from "./audit.ts";
import { cut, type Plain, redacted } from "./redaction.ts";

type Arguments = Readonly<Record<string, unknown>>;

/** How a request is told of. */
export interface RequestEntry {
  readonly client: Client;
  readonly command: string;
  readonly decision: "allowed" | "refused" | "none";
  readonly outcome: "ok" | "error" | "refused" | "abandoned";
  /** For a reader, not for a program. */
  readonly message: string;
  readonly fields: { readonly [name: string]: Plain | undefined };
}

/** @returns the line's number. */
export type WriteRequest = (entry: RequestEntry) => number;

const MAX_NAME = 64;
const MAX_PEER = 128;
const MAX_NAMES = 20;

export class RequestRecord implements AuditRecord {
  readonly #client: Client;
  readonly #command: string;
  readonly #write: WriteRequest;
  readonly #start = performance.now();
  /** Until it is known what they are. */
  #given: Arguments | undefined;
  #arguments: Plain | undefined;
  #decision: RequestEntry["decision"] = "none";
  #by: Decision | undefined;
  /** The number of the line that said it. */
  #abandoned: number | undefined;

  constructor(client: Client, command: string, given: Arguments, write: WriteRequest) {
    this.#client = { ...client, peer: cut(client.peer, MAX_PEER) };
    this.#command = cut(command, MAX_NAME);
    this.#given = given;
    this.#write = write;
  }

  arguments(schema: TObject | undefined, args: Arguments): void {
    this.#arguments = redacted(schema, args);
    this.#given = undefined;
  }

  allowed(decision: Decision): void {
    this.#decision = "allowed";
    // Where nothing was written there is nothing to tell.
    this.#by = decision.origin && decision;
  }

  refused(decision: Decision): void {
    this.#decision = "refused";
    this.#by = decision;
  }

  abandoned(): void {
    if (this.#abandoned !== undefined) return;
    this.#abandoned = this.#end("abandoned");
  }

  ended(failure?: { readonly class: string; readonly code: string }): void {
    if (failure === undefined) this.#end("ok");
    else if (this.#decision === "refused") this.#end("refused");
    else this.#end("error", failure);
  }

  #end(outcome: RequestEntry["outcome"], failure?: { readonly class: string; readonly code: string }): number {
    const ms = Math.round((performance.now() - this.#start) * 1000) / 1000;
    const code = failure === undefined ? "" : ` ${failure.code}`;
    const why = outcome === "refused" && this.#by ? `: ${this.#by.reason}` : "";
    return this.#write({
      client: this.#client,
      command: this.#command,
      decision: this.#decision,
      outcome,
      message: `${this.#command} of ${this.#client.peer}: ${outcome}${code}${why} (${ms} ms)`,
      fields: {
        connection: { peer: this.#client.peer, number: this.#client.connection },
        command: this.#command,
        ...(this.#given === undefined ? { arguments: this.#arguments } : { argumentNames: namesOf(this.#given) }),
        decision: this.#decision,
        rule: this.#by?.origin && originText(this.#by.origin),
        reason: this.#by?.reason,
        result: outcome,
        error: failure && { class: failure.class, code: failure.code },
        abandoned: this.#abandoned,
        ms,
      },
    });
  }
}

/** Of arguments that nobody has found to be what the command declares: a password may stand anywhere among them. */
function namesOf(args: Arguments): Plain {
  const names = Object.keys(args);
  const first = names.slice(0, MAX_NAMES).map((name) => cut(name, MAX_NAME));
  return names.length > MAX_NAMES ? [...first, `… (${names.length} names)`] : first;
}
