/** What is read, changed and written back is done by one at a time. */
export class Turns {
  readonly #last = new Map<number, Promise<unknown>>();

  /**
   * Waits until all earlier work of this key has ended, however it did.
   * @returns what the work returns.
   */
  async take<T>(key: number, work: () => Promise<T>): Promise<T> {
    const mine = (this.#last.get(key) ?? Promise.resolve()).then(work, work);
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}
