import { printable } from "../printable.ts";

/** A call can't be made or failed. Its message is one line, safe to show, printed as it is behind the program's name. */
export class CallError extends Error {
  override readonly name = "CallError";

  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super(printable(message), options);
  }
}
