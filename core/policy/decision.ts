/** What was decided on a command or a request, and why: for the gate, `lodger policy explain` and the audit alike. */
import type { Origin } from "../config/problems.ts";

export interface Decision {
  readonly allowed: boolean;
  /** A sentence for the admin. */
  readonly reason: string;
  /** The line that decided; undefined where nothing was written and a default did. */
  readonly origin?: Origin;
  /** What to change for the opposite. */
  readonly advice?: string;
}
