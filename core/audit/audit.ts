/** Who asked for what, how that was decided and how it ended: one record a request. */
import type { Decision } from "../policy/policy.ts";
import type { TObject } from "../schema.ts";
import { Token } from "../token.ts";

/** The connection that a request came by. */
export interface Client {
  /** As the transport names it: a path, an address, a common name. */
  readonly peer: string;
  /** Its number since the agent's start. */
  readonly connection: number;
}

/** One request's record, from the moment that its command is known. */
export interface AuditRecord {
  /** @param schema tells what of the arguments is secret or content. Never called where they were not valid. */
  arguments(schema: TObject | undefined, args: Readonly<Record<string, unknown>>): void;
  /** Called where the policy or the frozen state has refused it, with what decided. */
  refused(decision: Decision): void;
  /** @param failure what was answered, if it was an error. */
  ended(failure?: { readonly class: string; readonly code: string }): void;
}

export interface Audit {
  /** @returns undefined where nothing is recorded. */
  begin(client: Client, command: string): AuditRecord | undefined;
}

export const Audit = new Token<Audit>("audit");

/** Where the admin has asked for none. */
export const NO_AUDIT: Audit = { begin: () => undefined };
