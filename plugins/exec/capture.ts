/** What a process wrote into one stream, from its beginning. */

/** Kept of one stream; what comes after is read and thrown away. */
export const CAPTURE_BYTES = 16 * 1024 * 1024;

/** How much room is made at once, at least. Pages that nothing was written to take no memory. */
const STEP_BYTES = 256 * 1024;

export class Capture {
  truncated = false;
  readonly #reserve: (bytes: number) => boolean;
  /** Grows where it is: a copy for each growth would need the memory twice. */
  #memory: ArrayBuffer | undefined;
  #size = 0;
  #used = false;

  /** @param reserve asks for so many bytes more of what all captures may take together. */
  constructor(reserve: (bytes: number) => boolean) {
    this.#reserve = reserve;
  }

  /** Bytes that are kept. */
  get size(): number {
    return this.#size;
  }

  /** Whether the stream brought anything. */
  get used(): boolean {
    return this.#used;
  }

  append(chunk: Uint8Array): void {
    if (chunk.length > 0) this.#used = true;
    if (this.truncated) return;
    const fits = chunk.subarray(0, CAPTURE_BYTES - this.#size);
    this.truncated = fits.length < chunk.length;
    if (fits.length === 0) return;
    const memory = this.#reserve(fits.length) ? this.#roomFor(fits.length) : undefined;
    if (memory === undefined) {
      this.truncated = true;
      return;
    }
    new Uint8Array(memory, this.#size, fits.length).set(fits);
    this.#size += fits.length;
  }

  /** What there is, where it is: valid until `release`. */
  bytes(): Uint8Array {
    return this.#memory === undefined ? new Uint8Array() : new Uint8Array(this.#memory, 0, this.#size);
  }

  /** Gives the memory back at once: nothing is kept, and nothing more will be. @returns how many bytes it was. */
  release(): number {
    const bytes = this.#size;
    this.truncated = true;
    this.#memory?.transferToFixedLength(0);
    this.#memory = undefined;
    this.#size = 0;
    return bytes;
  }

  #roomFor(bytes: number): ArrayBuffer | undefined {
    const needed = this.#size + bytes;
    try {
      this.#memory ??= new ArrayBuffer(0, { maxByteLength: CAPTURE_BYTES });
      if (needed > this.#memory.byteLength) this.#memory.resize(Math.min(CAPTURE_BYTES, needed + STEP_BYTES));
      return this.#memory;
    } catch {
      return undefined; // no memory for it: the stream is cut here
    }
  }
}
