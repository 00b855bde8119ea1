/**
 * Memory that is used again: a buffer that grows to what one long string needs and is lent to the request that brought it. Fresh
 * memory costs a page fault every 4 KiB, which is more than decoding into it.
 */

const SMALLEST_BYTES = 64 * 1024;
/** How often memory that was not needed meanwhile is given back to the system. */
const REVIEW_MS = 1000;

export class Scratch {
  buffer: Buffer = Buffer.alloc(0);
  /** Bytes of it that were asked for since it was taken. */
  used = 0;

  /** Makes room for `more` bytes behind the first `used`, which are kept. */
  reserve(used: number, more: number): void {
    const needed = used + more;
    this.used = Math.max(this.used, needed);
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2, SMALLEST_BYTES));
    this.buffer.copy(larger, 0, 0, used);
    this.buffer = larger;
  }
}

/** Lends scratch memory, and takes it back when a request is answered. What is idle, or was far too large lately, is dropped. */
export class ScratchPool {
  private readonly most: number;
  private free: Scratch[] = [];
  /** The most that one request needed since the last review. */
  private needed = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param most how many are kept for later. */
  constructor(most = 1) {
    this.most = most;
  }

  take(): Scratch {
    const scratch = this.free.pop() ?? new Scratch();
    scratch.used = 0;
    return scratch;
  }

  give(scratch: Scratch): void {
    if (scratch.buffer.length === 0) return;
    this.needed = Math.max(this.needed, scratch.used);
    if (this.free.length < this.most) this.free.push(scratch);
    this.timer ??= setTimeout(() => this.review(), REVIEW_MS).unref();
  }

  private review(): void {
    this.timer = undefined;
    const { needed } = this;
    this.needed = 0;
    this.free = this.free.filter(({ buffer }) => buffer.length <= needed * 2);
    if (this.free.length > 0) this.timer = setTimeout(() => this.review(), REVIEW_MS).unref();
  }
}
