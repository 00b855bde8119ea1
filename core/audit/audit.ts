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

type Arguments = Readonly<Record<string, unknown>>;

/** One request's record, from the moment that its command is known. */
export interface AuditRecord {
  /** @param schema tells what of the arguments is secret or content. Never called where they were not valid: then only their names are recorded. */
  arguments(schema: TObject | undefined, args: Arguments): void;
  /** Called where the rules allow it, with what decided; again where rules on its arguments do. A limit may still refuse it. */
  allowed(decision: Decision): void;
  /** Called where the policy or the frozen state has refused it, with what decided. */
  refused(decision: Decision): void;
  /** Its client has given it up, or the agent ends before it has. What runs may still end. */
  abandoned(): void;
  /** @param failure what was answered, if it was an error. Never its text, which may have contents. */
  ended(failure?: { readonly class: string; readonly code: string }): void;
}

export interface Audit {
  /**
   * @param given the arguments as they came, of which only the names are looked at.
   * @returns undefined where nothing is recorded.
   */
  begin(client: Client, command: string, given: Arguments): AuditRecord | undefined;
}

export const Audit = new Token<Audit>("audit");

/** Where the admin has asked for none. */
export const NO_AUDIT: Audit = { begin: () => undefined };
