/** The search: inputs that make new code run, or bring a new outcome, are kept and changed further. */
import type { Coverage, Point } from "./coverage.ts";
import { signature, Violation } from "./failure.ts";
import { minimised } from "./minimise.ts";
import { type Material, mutated } from "./mutate.ts";
import { Random } from "./random.ts";
import type { Target } from "./target.ts";

export interface Failure {
  readonly signature: string;
  readonly error: unknown;
  /** As small as it could be made. */
  readonly input: Buffer;
  /** How many inputs had been run. */
  readonly after: number;
}

export interface Found {
  readonly executions: number;
  readonly milliseconds: number;
  readonly corpus: readonly Buffer[];
  readonly points: number;
  readonly failures: readonly Failure[];
}

export interface Limits {
  readonly executions?: number;
  readonly milliseconds?: number;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly limits: Limits;
  /** Without it the search is blind. */
  readonly coverage: Coverage | undefined;
  /** Of an earlier run; those that bring nothing any more are dropped. */
  readonly corpus?: readonly Buffer[];
  /** Sees each input before it runs. */
  readonly watch?: (input: Buffer) => void;
  /** Sees each failure as it is found. */
  readonly failed?: (failure: Failure) => void;
}

/** Reading V8's counters takes milliseconds, so it is done after so many inputs; only if there is news, it is found which of them made it. */
const BATCH = 64;
const DEFAULT_BYTES = 4096;
/** Nothing that a target does with one input takes so long, not even on a busy machine. */
const SLOW_MS = 5000;
/** Outcomes are for small numbers of them. */
const MAX_OUTCOMES = 2000;

export async function fuzz(target: Target, options: FuzzOptions): Promise<Found> {
  await target.before?.();
  try {
    return await new Search(target, options).run();
  } finally {
    await target.after?.();
  }
}

/** @throws what the target throws, or a Violation if it took too long. */
export async function attempt(target: Target, input: Buffer): Promise<string | undefined> {
  const start = performance.now();
  const outcome = target.run(Buffer.from(input));
  const settled = outcome instanceof Promise ? await outcome : outcome;
  const took = performance.now() - start;
  if (took > SLOW_MS) throw new Violation("slow", `${Math.round(took)} ms for ${input.length} bytes`);
  return settled;
}

class Search {
  readonly #target: Target;
  readonly #options: FuzzOptions;
  readonly #corpus: Buffer[] = [];
  readonly #outcomes = new Set<string>();
  readonly #failures = new Map<string, Failure>();
  #executions = 0;
  #points = 0;

  constructor(target: Target, options: FuzzOptions) {
    this.#target = target;
    this.#options = options;
  }

  async run(): Promise<Found> {
    const { seed, limits, corpus = [] } = this.#options;
    const start = performance.now();
    const over = () =>
      this.#executions >= (limits.executions ?? Infinity) || performance.now() - start >= (limits.milliseconds ?? Infinity);
    this.#news();
    for (const text of this.#target.seeds) {
      const input = Buffer.from(text, "latin1");
      await this.#execute(input);
      this.#news();
      this.#corpus.push(input);
    }
    for (const input of corpus) if (!over()) await this.#batch([input]);
    const material: Material = {
      random: new Random(seed),
      corpus: this.#corpus,
      words: (this.#target.words ?? []).map((word) => Buffer.from(word, "latin1")),
      grammar: this.#target.grammar,
      maxBytes: this.#target.maxBytes ?? DEFAULT_BYTES,
    };
    const batch = Math.min(BATCH, this.#target.bounded);
    while (!over()) {
      await this.#batch(Array.from({ length: batch }, () => mutated(material)));
      // A target that never waits would keep timers from their turn.
      await new Promise(setImmediate);
    }
    return {
      executions: this.#executions,
      milliseconds: performance.now() - start,
      corpus: this.#corpus,
      points: this.#points,
      failures: [...this.#failures.values()],
    };
  }

  async #batch(inputs: readonly Buffer[]): Promise<void> {
    for (const input of inputs) if (await this.#execute(input)) this.#corpus.push(input);
    const fresh = this.#news();
    if (fresh.length > 0) await this.#attribute(inputs, fresh);
  }

  /** Runs halves of the inputs again, and halves of those, until it is found which ones made the points run. */
  async #attribute(inputs: readonly Buffer[], wanted: readonly Point[]): Promise<void> {
    if (inputs.length === 1) {
      this.#corpus.push(...inputs);
      return;
    }
    let left = wanted;
    const middle = inputs.length >> 1;
    for (const half of [inputs.slice(0, middle), inputs.slice(middle)]) {
      if (left.length === 0) return;
      for (const input of half) await this.#execute(input);
      this.#options.coverage?.take();
      const here = left.filter((point) => this.#options.coverage?.ran(point));
      left = left.filter((point) => !here.includes(point));
      if (here.length > 0) await this.#attribute(half, here);
    }
  }

  /** @returns whether its outcome is new. */
  async #execute(input: Buffer): Promise<boolean> {
    this.#executions++;
    this.#options.watch?.(input);
    let outcome: string | undefined;
    try {
      outcome = await attempt(this.#target, input);
    } catch (error) {
      await this.#failed(input, error);
      return false;
    }
    if (outcome === undefined || this.#outcomes.has(outcome) || this.#outcomes.size > MAX_OUTCOMES) return false;
    this.#outcomes.add(outcome);
    return true;
  }

  async #failed(input: Buffer, error: unknown): Promise<void> {
    const known = signature(error);
    if (this.#failures.has(known)) return;
    const after = this.#executions;
    this.#failures.set(known, { signature: known, error, input, after });
    const fails = async (candidate: Buffer) => {
      this.#options.watch?.(candidate);
      try {
        await attempt(this.#target, candidate);
        return false;
      } catch (other) {
        return signature(other) === known;
      }
    };
    const failure = { signature: known, error, input: await minimised(input, fails), after };
    this.#failures.set(known, failure);
    this.#options.failed?.(failure);
  }

  /** @returns where code ran that had never run before. */
  #news(): Point[] {
    const fresh = this.#options.coverage?.take() ?? [];
    this.#points += fresh.length;
    return fresh;
  }
}
