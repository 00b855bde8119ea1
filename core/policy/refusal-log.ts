/** Refusals in the log: the first of a kind, and then not the same again for a while, however often a client asks. */
import { originText } from "../config/problems.ts";
import type { Log } from "../log.ts";
import type { Decision } from "./decision.ts";
import type { Now } from "./limits.ts";

const QUIET_MS = 60_000;
/** Kinds that are remembered: there are as many as commands and rules, and no client can make one up. */
const MAX_KINDS = 1000;

interface Kind {
  quietUntil: number;
  unsaid: number;
}

export class RefusalLog {
  readonly #log: Log;
  readonly #now: Now;
  readonly #kinds = new Map<string, Kind>();

  constructor(log: Log, now: Now = () => performance.now()) {
    this.#log = log;
    this.#now = now;
  }

  note(command: string, { origin, reason }: Decision): void {
    const where = origin === undefined ? "" : ` (${originText(origin)})`;
    const key = `${command} ${where}`;
    const now = this.#now();
    const kind = this.#kinds.get(key);
    if (kind !== undefined && now < kind.quietUntil) {
      kind.unsaid++;
      return;
    }
    const before = kind === undefined || kind.unsaid === 0 ? "" : `; ${kind.unsaid} more since it was last said`;
    this.#log.warning(`${command} was refused: ${reason}${where}${before}`);
    if (this.#kinds.size >= MAX_KINDS) this.#kinds.clear();
    this.#kinds.set(key, { quietUntil: now + QUIET_MS, unsaid: 0 });
  }
}
