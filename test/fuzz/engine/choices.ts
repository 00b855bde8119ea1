/** Structures from bytes: each choice takes the next of them, so a small change of the bytes is a small change of what is built. */
export class Choices {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get over(): boolean {
    return this.#at >= this.#bytes.length;
  }

  /** @returns an integer from 0 to below `limit`, which is at most 256; 0 when the bytes have ended. */
  below(limit: number): number {
    return (this.#bytes[this.#at++] ?? 0) % limit;
  }

  pick<T>(list: readonly [T, ...T[]]): T {
    return list[this.below(list.length)] ?? list[0];
  }

  list<T>(most: number, item: () => T): T[] {
    return Array.from({ length: this.below(most + 1) }, item);
  }
}
