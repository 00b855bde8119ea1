/** The pipes between the agent and one child. */
import type { ChildOptions, OutputStream } from "../child-processes.ts";
import { InputPipe } from "./child-input.ts";
import { OutputPipe } from "./child-output.ts";
import { close, pipe } from "./libc.ts";
import type { Streams } from "./spawn.ts";

type Ends = ReturnType<typeof pipe>;

export class ChildPipes {
  /** What the child is to have. */
  readonly streams: Streams;
  readonly #input: Ends | undefined;
  readonly #outputs: readonly (readonly [OutputStream, Ends])[];
  readonly #opened: Ends[] = [];

  /** @throws OsError, for instance EMFILE; nothing is left open then. */
  constructor({ capture, input }: Pick<ChildOptions, "capture" | "input">) {
    try {
      this.#input = input && this.#open();
      const output = capture === "stdout" || capture === "separated" || capture === "merged" ? this.#open() : undefined;
      const errors = capture === "stderr" || capture === "separated" ? this.#open() : undefined;
      this.#outputs = [...(output ? [["stdout", output] as const] : []), ...(errors ? [["stderr", errors] as const] : [])];
      this.streams = [this.#input?.read, output?.write, capture === "merged" ? output?.write : errors?.write];
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** After the start: lets go of the child's ends, without which no pipe would ever end, and begins to read and write. */
  begin({ input, onOutput }: ChildOptions): { input: InputPipe | undefined; outputs: ReadonlyMap<OutputPipe, OutputStream> } {
    if (this.#input) close(this.#input.read);
    for (const [, { write }] of this.#outputs) close(write);
    const outputs = this.#outputs.map(
      ([stream, { read }]) => [new OutputPipe(read, (chunk) => onOutput?.(stream, chunk)), stream] as const,
    );
    return {
      input: this.#input && input && new InputPipe(this.#input.write, input),
      outputs: new Map(outputs),
    };
  }

  /** Instead of `begin`, where there is no child. */
  close(): void {
    for (const { read, write } of this.#opened) {
      close(read);
      close(write);
    }
  }

  #open(): Ends {
    const ends = pipe();
    this.#opened.push(ends);
    return ends;
  }
}
