/** First in, first out. An array's own `shift` moves all of a long array: a quarter megabyte of rubbish would hold the agent for seconds. */

/** So many places that are free again are not worth a copy. */
const FREE = 1024;

export class Queue<T extends object> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get length(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length || (this.#head >= FREE && this.#head * 2 >= this.#items.length)) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** @returns how many come before it; -1 if it isn't there. */
  indexOf(item: T): number {
    const at = this.#items.indexOf(item, this.#head);
    return at < 0 ? -1 : at - this.#head;
  }
}
