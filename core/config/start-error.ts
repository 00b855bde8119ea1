import { printable } from "../printable.ts";

/**
 * The agent can't start. Each of its lines says what is wrong and what to do; the program prints them on standard error and exits with
 * status 1.
 */
export class StartError extends Error {
  override readonly name = "StartError";
  readonly lines: readonly string[];
  /** A line for standard output, where callers of qemu-ga look for it. */
  readonly usage: string | undefined;

  constructor(message: string | readonly string[], options: { readonly usage?: string; readonly cause?: unknown } = {}) {
    const lines = (typeof message === "string" ? [message] : message).map(printable);
    super(lines.join("; "), options.cause === undefined ? {} : { cause: options.cause });
    this.lines = lines;
    this.usage = options.usage;
  }
}

/** Takes steps that may each fail, so that all that is wrong can be told at once. */
export class Attempts {
  readonly #failures: StartError[] = [];

  /** @returns the step's result, or `otherwise` where it threw a StartError, which is kept. */
  try<T>(step: () => T, otherwise: T): T {
    try {
      return step();
    } catch (error) {
      if (!(error instanceof StartError)) throw error;
      this.#failures.push(error);
      return otherwise;
    }
  }

  /** @throws StartError with all that was kept, if there is any. */
  refuse(): void {
    const [first, ...others] = this.#failures;
    if (first === undefined) return;
    throw others.length === 0 ? first : new StartError(this.#failures.flatMap(({ lines }) => lines));
  }
}
