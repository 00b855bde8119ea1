import { printable } from "../printable.ts";

/** The agent can't start. Its message is one line that says what to do; the program prints it on standard error and exits with status 1. */
export class StartError extends Error {
  override readonly name = "StartError";
  /** A line for standard output, where callers of qemu-ga look for it. */
  readonly usage: string | undefined;

  constructor(message: string, options: { readonly usage?: string; readonly cause?: unknown } = {}) {
    super(printable(message), options.cause === undefined ? {} : { cause: options.cause });
    this.usage = options.usage;
  }
}
