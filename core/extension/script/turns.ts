/** So many at once, the others after them in their order. */
import { failed } from "../../errors.ts";

/** More than that don't wait: whoever asks faster than a script answers shall be told. */
const MAX_WAITING = 64;

export class Turns {
  readonly #name: string;
  readonly #waiting: (() => void)[] = [];
  #free: number;

  /** @param name of the command, for errors. */
  constructor(name: string, atOnce: number) {
    this.#name = name;
    this.#free = atOnce;
  }

  /**
   * Waits for its turn.
   * @returns what ends it, to be called once.
   * @throws CommandError if too many wait, or the signal fires before it is its turn.
   */
  async take(signal: AbortSignal): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await this.#turn(signal);
    return () => {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }

  #turn(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw failed(`Command ${this.#name} is busy: ${MAX_WAITING} requests wait for it already`);
    }
    return new Promise((resolve, reject) => {
      const begin = () => {
        signal.removeEventListener("abort", leave);
        resolve();
      };
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(failed(`Command ${this.#name} was given up before its turn came`));
      };
      if (signal.aborted) return reject(failed(`Command ${this.#name} was given up`));
      signal.addEventListener("abort", leave, { once: true });
      this.#waiting.push(begin);
    });
  }
}
