/**
 * Received bytes on their way to who reads the connection. At most one chunk waits here; while it does, the source is stopped, so a
 * slow reader costs two buffers and no more: the one that it looks at and the one that waits.
 */
const DONE: Promise<IteratorReturnResult<undefined>> = Promise.resolve({ done: true, value: undefined });

type Resolve = (result: IteratorResult<Uint8Array, undefined>) => void;

export class Inbox implements AsyncIterableIterator<Uint8Array, undefined> {
  readonly #resume: () => void;
  readonly #wait = (resolve: Resolve): void => {
    this.#reader = resolve;
  };
  #reader: Resolve | undefined;
  #waiting: Uint8Array | undefined;
  #ended = false;

  /** @param resume starts the source again after `receive` has returned false. */
  constructor(resume: () => void) {
    this.#resume = resume;
  }

  /** @returns false if the source shall stop: the reader has not come back for this chunk yet. */
  receive(chunk: Uint8Array): boolean {
    const reader = this.#reader;
    if (reader === undefined) {
      this.#waiting = chunk;
      return false;
    }
    this.#reader = undefined;
    reader({ done: false, value: chunk });
    return true;
  }

  /** No more bytes will come. A chunk that waits is still read. */
  end(): void {
    this.#ended = true;
    this.#reader?.({ done: true, value: undefined });
    this.#reader = undefined;
  }

  next(): Promise<IteratorResult<Uint8Array, undefined>> {
    const chunk = this.#waiting;
    if (chunk !== undefined) {
      this.#waiting = undefined;
      if (!this.#ended) this.#resume();
      return Promise.resolve({ done: false, value: chunk });
    }
    return this.#ended ? DONE : new Promise(this.#wait);
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#waiting = undefined;
    this.end();
    return DONE;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
