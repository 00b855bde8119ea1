/**
 * Reading and writing at the same time, as Windows does it: a call only begins, and an event tells of its end. On a handle that was opened
 * without this, a read that waits would hold every write. All memory that Windows writes to later is native, for what JavaScript has may move.
 */
import { native } from "../native.ts";
import { OsError } from "../ports.ts";
import { windowsError } from "./errors.ts";
import { checked, declared, lastError, type ThreadedFunction } from "./library.ts";

type Transfer = (handle: number, bytes: bigint, length: number, count: null, overlapped: bigint) => number;

const kernel = declared("kernel32.dll", (func) => ({
  create: func("intptr_t __stdcall CreateFileW(const char16_t *, uint32, uint32, void *, uint32, uint32, void *)") as (
    path: string,
    access: number,
    share: number,
    security: null,
    disposition: number,
    flags: number,
    template: null,
  ) => number,
  close: func("int __stdcall CloseHandle(intptr_t)") as (handle: number) => number,
  fileType: func("uint32 __stdcall GetFileType(intptr_t)") as (handle: number) => number,
  read: func("int __stdcall ReadFile(intptr_t, void *, uint32, void *, void *)") as Transfer,
  write: func("int __stdcall WriteFile(intptr_t, void *, uint32, void *, void *)") as Transfer,
  result: func("int __stdcall GetOverlappedResult(intptr_t, void *, void *, int)") as (
    handle: number,
    overlapped: bigint,
    count: Uint8Array,
    wait: number,
  ) => number,
  cancel: func("int __stdcall CancelIoEx(intptr_t, void *)") as (handle: number, overlapped: bigint | null) => number,
  event: func("intptr_t __stdcall CreateEventW(void *, int, int, void *)") as (
    security: null,
    manual: number,
    set: number,
    name: null,
  ) => number,
  reset: func("int __stdcall ResetEvent(intptr_t)") as (event: number) => number,
  wait: func("uint32 __stdcall WaitForMultipleObjects(uint32, void *, int, uint32)") as ThreadedFunction<
    [number, bigint, number, number],
    number
  >,
}));

const READ_AND_WRITE = 0xc0000000;
const OPEN_EXISTING = 3;
/** Overlapped; and who serves the path must not act as the agent: anonymous, if it is a pipe. */
const FLAGS = 0x40000000 | 0x00100000;
const DISK = 1;
const PENDING = 997;
const FOREVER = 0xffffffff;
const WAIT_FAILED = 0xffffffff;
const OVERLAPPED_BYTES = 32;
const EVENT = 24;

/** How an operation has ended: bytes moved, and Windows' error, 0 for none. */
export interface Outcome {
  readonly count: number;
  readonly error: number;
}

/** @throws OsError; its code is `ENOTTY` for a regular file. */
export function openOverlapped(path: string): number {
  lastError(); // loads what tells it
  const handle = kernel().create(path, READ_AND_WRITE, 0, null, OPEN_EXISTING, FLAGS, null);
  if (handle === -1) throw windowsError(lastError(), "CreateFile");
  if (kernel().fileType(handle) !== DISK) return handle;
  kernel().close(handle);
  throw new OsError("ENOTTY", 1, "Incorrect function.", "CreateFile");
}

/** A read or a write that may be under way: one at a time. */
class Operation {
  readonly bytes: Uint8Array;
  readonly event: number;
  /** From its begin until somebody has asked for its outcome. */
  pending = false;
  readonly #handle: number;
  readonly #memory: bigint;

  constructor(handle: number, bytes: number) {
    const koffi = native();
    this.#handle = handle;
    this.#memory = koffi.alloc("uint8_t", OVERLAPPED_BYTES + bytes) as unknown as bigint;
    this.bytes = new Uint8Array(koffi.view(this.#memory, OVERLAPPED_BYTES + bytes));
    this.event = checked(kernel().event(null, 1, 0, null), "CreateEvent");
    this.bytes.fill(0, 0, OVERLAPPED_BYTES);
    new DataView(this.bytes.buffer, this.bytes.byteOffset).setBigInt64(EVENT, BigInt(this.event), true);
    this.bytes = this.bytes.subarray(OVERLAPPED_BYTES);
  }

  /** @returns its outcome if it has ended at once. */
  begin(transfer: Transfer, length: number): Outcome | undefined {
    lastError();
    if (transfer(this.#handle, this.#memory + BigInt(OVERLAPPED_BYTES), length, null, this.#memory) !== 0) return this.outcome();
    const error = lastError();
    if (error !== PENDING) return { count: 0, error };
    this.pending = true;
    return undefined;
  }

  /** @returns undefined while it is under way. */
  outcome(): Outcome | undefined {
    const count = new Uint32Array(1);
    if (kernel().result(this.#handle, this.#memory, new Uint8Array(count.buffer), 0) !== 0) return this.#ended(count[0] ?? 0, 0);
    const error = lastError();
    return error === 996 ? undefined : this.#ended(0, error);
  }

  cancel(): void {
    if (this.pending) kernel().cancel(this.#handle, this.#memory);
  }

  free(): void {
    kernel().close(this.event);
    native().free(this.#memory);
  }

  #ended(count: number, error: number): Outcome {
    this.pending = false;
    kernel().reset(this.event);
    return { count, error };
  }
}

/** An open handle with at most one read and one write under way. One thread of the pool waits for both, while there is any. */
export class Overlapped {
  readonly handle: number;
  readonly reading: Operation;
  readonly writing: Operation;
  readonly #told: { read: (outcome: Outcome) => void; wrote: (outcome: Outcome) => void };
  readonly #events: bigint;
  #waits = false;
  #closed = false;

  /** @param told is called for what has not ended at once. */
  constructor(handle: number, bytes: number, told: { read: (outcome: Outcome) => void; wrote: (outcome: Outcome) => void }) {
    this.handle = handle;
    this.#told = told;
    this.reading = new Operation(handle, bytes);
    this.writing = new Operation(handle, bytes);
    this.#events = native().alloc("uint8_t", 16) as unknown as bigint;
    const view = new DataView(native().view(this.#events, 16));
    for (const [index, { event }] of [this.reading, this.writing].entries()) view.setBigInt64(8 * index, BigInt(event), true);
  }

  /** @returns its outcome if it has ended at once; the bytes are in `reading.bytes`. */
  read(): Outcome | undefined {
    const outcome = this.reading.begin(kernel().read, this.reading.bytes.length);
    if (outcome === undefined) this.#wait();
    return outcome;
  }

  write(from: Uint8Array): Outcome | undefined {
    const part = from.subarray(0, this.writing.bytes.length);
    this.writing.bytes.set(part);
    const outcome = this.writing.begin(kernel().write, part.length);
    if (outcome === undefined) this.#wait();
    return outcome;
  }

  /** Ends what is under way. Its memory goes when Windows has let go of it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    kernel().cancel(this.handle, null);
    if (!this.#waits) this.#free();
  }

  #wait(): void {
    if (this.#waits) return;
    this.#waits = true;
    kernel().wait.async(2, this.#events, 0, FOREVER, (error, result) => {
      this.#waits = false;
      // the error itself is that thread's; what makes this call fail is a handle that is none
      const failed = error ?? (result === WAIT_FAILED ? 6 : undefined);
      const read = this.#endOf(this.reading, failed);
      const wrote = this.#endOf(this.writing, failed);
      if (failed === undefined && (this.reading.pending || this.writing.pending)) this.#wait();
      else if (this.#closed) this.#free();
      if (this.#closed) return;
      if (read) this.#told.read(read);
      if (wrote) this.#told.wrote(wrote);
    });
  }

  #endOf(operation: Operation, failed: unknown): Outcome | undefined {
    if (!operation.pending) return undefined;
    return operation.outcome() ?? (failed === undefined ? undefined : { count: 0, error: typeof failed === "number" ? failed : 1 });
  }

  #free(): void {
    kernel().close(this.handle);
    this.reading.free();
    this.writing.free();
    native().free(this.#events);
  }
}
