/** What the admin limits: how often, how many at once, and how many bytes. */
import type { Client } from "../audit/audit.ts";
import type { AnyCommand } from "../plugin.ts";
import { Bucket } from "./bucket.ts";
import type { Decision } from "./decision.ts";
import { limitText } from "./limit-text.ts";
import { matches } from "./pattern.ts";
import { payloadBytes } from "./payload.ts";
import type { LimitRule } from "./rules.ts";

/** Milliseconds of a clock that never goes back. */
export type Now = () => number;

/** A limit that a request would exceed. */
export interface Exceeded {
  readonly decision: Decision;
  /** What the client is told: the limit, and when to try again, but not where it is written. */
  readonly limit: string;
}

/** A request that is within its limits: who runs it says what comes of it. */
export interface Admission {
  /** To be called once it is over, whatever came of it. */
  release(): void;
  /** To be called with what is answered. */
  answered(result: unknown): void;
}

/** What one rule measures of one connection, or of all. */
interface Measure {
  readonly rate: Bucket | undefined;
  readonly bytes: Bucket | undefined;
  running: number;
}

interface Measured {
  readonly rule: LimitRule;
  readonly all: Measure;
  /** Of connections that are there: who has left is forgotten. */
  readonly each: WeakMap<Client, Measure>;
}

export class Limits {
  readonly now: Now;
  readonly #rules: ReadonlyMap<string, Measured>;
  readonly #byCommand = new WeakMap<AnyCommand, readonly Measured[]>();

  /** @param before what the rules measured that held before: of a rule that stays the same it goes on. */
  constructor(rules: readonly LimitRule[], before?: Limits, now: Now = before?.now ?? (() => performance.now())) {
    this.now = now;
    this.#rules = new Map(
      rules.map((rule) => {
        const key = identity(rule);
        const kept = before === undefined ? undefined : before.#rules.get(key);
        return [key, { rule, all: kept?.all ?? newMeasure(rule, now()), each: kept?.each ?? new WeakMap() }];
      }),
    );
  }

  /** Whether any rule limits the command. */
  concerns(command: AnyCommand): boolean {
    return this.#of(command).length > 0;
  }

  /** @returns why not, and then nothing is counted; or what has to be told how it went on. */
  admit(command: AnyCommand, args: Record<string, unknown>, client: Client): Exceeded | Admission {
    const rules = this.#of(command);
    const now = this.now();
    const bytes = rules.some(({ rule }) => rule.bytes !== undefined || rule.requestBytes !== undefined) ? payloadBytes(args) : 0;
    for (const measured of rules) {
      const exceeded = this.#exceeded(command, measured, client, bytes, now);
      if (exceeded !== undefined) return exceeded;
    }
    const measures = rules.map((measured) => this.#measure(measured, client, now));
    for (const measure of measures) {
      measure.rate?.take(1, now);
      measure.bytes?.take(bytes, now);
      measure.running++;
    }
    return admission(measures, this.now);
  }

  #exceeded({ name }: AnyCommand, measured: Measured, client: Client, bytes: number, now: number): Exceeded | undefined {
    const { rule } = measured;
    const measure = this.#measure(measured, client, now);
    const refuse = (limit: string, waitMs?: number): Exceeded => ({
      limit: `${limit}${waitMs === undefined ? "" : `; try again in ${Math.ceil(waitMs / 1000)} s`}`,
      decision: { allowed: false, reason: `${name} has reached its limit of ${limit}`, origin: rule.origin, advice: "raise it there" },
    });
    if (rule.requestBytes !== undefined && bytes > rule.requestBytes) return refuse(limitText.requestBytes(rule.requestBytes));
    if (rule.concurrency !== undefined && measure.running >= rule.concurrency)
      return refuse(limitText.concurrency(rule.concurrency, rule.per));
    const untilRate = measure.rate?.wait(1, now) ?? 0;
    if (rule.rate !== undefined && untilRate > 0) return refuse(limitText.rate(rule.rate, rule.per), untilRate);
    // Anything above nothing lets one more in, however large: what goes over is waited for then.
    const untilBytes = measure.bytes?.wait(1, now) ?? 0;
    if (rule.bytes !== undefined && untilBytes > 0) return refuse(limitText.bytes(rule.bytes, rule.per), untilBytes);
    return undefined;
  }

  #measure({ rule, all, each }: Measured, client: Client, now: number): Measure {
    if (rule.per === "agent") return all;
    let measure = each.get(client);
    if (measure === undefined) {
      measure = newMeasure(rule, now);
      each.set(client, measure);
    }
    return measure;
  }

  #of(command: AnyCommand): readonly Measured[] {
    let rules = this.#byCommand.get(command);
    if (rules === undefined) {
      const concerning = new Set(
        limitsOf(
          Array.from(this.#rules.values(), ({ rule }) => rule),
          command,
        ),
      );
      rules = [...this.#rules.values()].filter(({ rule }) => concerning.has(rule));
      this.#byCommand.set(command, rules);
    }
    return rules;
  }
}

/**
 * The rules that limit a command. What synchronizes and what thaws is never limited: a client, or the guest, would be left stuck.
 */
export function limitsOf(rules: readonly LimitRule[], { name, synchronizes, thaws }: AnyCommand): readonly LimitRule[] {
  if (synchronizes || thaws) return [];
  return rules.filter(({ commands }) => commands.some(({ pattern }) => matches(pattern, name)));
}

function newMeasure({ rate, bytes }: LimitRule, now: number): Measure {
  return { rate: rate && new Bucket(rate, now), bytes: bytes && new Bucket(bytes, now), running: 0 };
}

function admission(measures: readonly Measure[], now: Now): Admission {
  let isOver = false;
  return {
    release() {
      if (isOver) return;
      isOver = true;
      for (const measure of measures) measure.running--;
    },
    answered(result) {
      const counting = measures.filter(({ bytes }) => bytes !== undefined);
      if (counting.length === 0) return;
      const bytes = payloadBytes(result);
      for (const measure of counting) measure.bytes?.take(bytes, now());
    },
  };
}

/** The same for rules that say the same, wherever they stand. */
function identity({ commands, per, rate, concurrency, bytes, requestBytes }: LimitRule): string {
  const names = [...new Set(commands.map(({ pattern }) => pattern))].sort();
  return JSON.stringify([names, per, rate?.count, rate?.perMs, concurrency, bytes?.count, bytes?.perMs, requestBytes]);
}
