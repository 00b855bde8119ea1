/**
 * Memory that is used again: a buffer that grows to what one long string needs and is lent to the request that brought it. Fresh
 * memory costs a page fault every 4 KiB, which is more than decoding into it.
 */

/** Larger ones are given back to the system at once, so that one huge request doesn't stay in memory. */
const KEEP_BYTES = 16 * 1024 * 1024;
const SMALLEST_BYTES = 64 * 1024;
/** After so long without use everything is given back. */
const IDLE_MS = 2000;

export class Scratch {
  buffer: Buffer = Buffer.alloc(0);

  /** Makes room for `more` bytes behind the first `used`, which are kept. */
  reserve(used: number, more: number): void {
    const needed = used + more;
    if (needed <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2, SMALLEST_BYTES));
    this.buffer.copy(larger, 0, 0, used);
    this.buffer = larger;
  }
}

/** Lends scratch memory, and takes it back when a request is answered. */
export class ScratchPool {
  private readonly free: Scratch[] = [];
  private timer: NodeJS.Timeout | undefined;

  take(): Scratch {
    return this.free.pop() ?? new Scratch();
  }

  give(scratch: Scratch): void {
    if (scratch.buffer.length === 0 || scratch.buffer.length > KEEP_BYTES || this.free.length > 0) return;
    this.free.push(scratch);
    if (this.timer) this.timer.refresh();
    else this.timer = setTimeout(() => this.release(), IDLE_MS).unref();
  }

  private release(): void {
    this.free.length = 0;
    this.timer = undefined;
  }
}
