/** A measure that fills up again with time: how much may be taken at once, and how soon there is more. */
import type { Rate } from "./rules.ts";

export class Bucket {
  readonly #rate: Rate;
  #level: number;
  #at: number;

  /** @param now milliseconds of a clock that never goes back. */
  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#level = rate.count;
    this.#at = now;
  }

  /** @returns how long it takes until there is so much, in milliseconds; 0 if there is. Never more than all that it holds is asked for. */
  wait(amount: number, now: number): number {
    this.#fill(now);
    const lacking = Math.min(amount, this.#rate.count) - this.#level;
    return lacking <= 0 ? 0 : Math.ceil((lacking * this.#rate.perMs) / this.#rate.count);
  }

  /** What goes below nothing is a debt that has to fill up first. */
  take(amount: number, now: number): void {
    this.#fill(now);
    this.#level -= amount;
  }

  #fill(now: number): void {
    const { count, perMs } = this.#rate;
    this.#level = Math.min(count, this.#level + ((now - this.#at) * count) / perMs);
    this.#at = now;
  }
}
