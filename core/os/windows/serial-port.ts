/** Serial lines and ports of virtio-serial, as the device channel wants them. */
import type { Devices } from "../devices.ts";
import { windowsError } from "./errors.ts";
import { checked, declared, lastError } from "./library.ts";
import { type Outcome, Overlapped, openOverlapped } from "./overlapped.ts";
import { restrictPipe } from "./pipe-access.ts";

const kernel = declared("kernel32.dll", (func) => ({
  getState: func("int __stdcall GetCommState(intptr_t, void *)") as (handle: number, into: Uint8Array) => number,
  setState: func("int __stdcall SetCommState(intptr_t, void *)") as (handle: number, state: Uint8Array) => number,
  setTimeouts: func("int __stdcall SetCommTimeouts(intptr_t, void *)") as (handle: number, timeouts: Uint8Array) => number,
  purge: func("int __stdcall PurgeComm(intptr_t, uint32)") as (handle: number, what: number) => number,
}));

/** The driver of virtio-serial takes no more at once. */
const BYTES = 32 * 1024;

/**
 * What the driver of virtio-serial says while no host is there, to a read, and while the host takes nothing, to a write: on a handle of this
 * kind a write never waits for the host there.
 */
const NOBODY_OR_FULL = new Set([1450, 552]);
const FULL_MS = 20;

/** DCB: its size, baud, flags (binary; DTR and RTS on), then limits, 8 bits, no parity, one stop bit. */
const DCB_BYTES = 28;
const BAUD = 38_400;
const BINARY_DTR_RTS = 0x1 | (1 << 4) | (1 << 12);
const RECEIVED = 0x8;
/**
 * A read waits for a first byte, and ends with so long a silence after one. A read that ends with the first byte would be quicker by that,
 * but Wine's waits for a full buffer then.
 */
const GAP_MS = 5;

class SerialPort {
  users = 1;
  /** The last read says that nobody is at the other end. */
  away = false;
  readonly #io: Overlapped;
  readonly #waiting = new Set<() => void>();
  #received: Uint8Array | undefined;
  #ended = false;
  #failed: number | undefined;
  #isLine = false;
  /** Whose write is under way, or has ended and not been asked for. */
  #writer: number | undefined;
  #written: Outcome | undefined;

  constructor(path: string) {
    this.#io = new Overlapped(openOverlapped(path), BYTES, {
      read: (outcome) => this.#tell(() => this.#read(outcome)),
      wrote: (outcome) => this.#tell(() => this.#wrote(outcome)),
    });
  }

  take(into: Uint8Array): number | undefined {
    if (this.#received === undefined && !this.#ended && this.#failed === undefined && !this.#io.reading.pending) {
      const outcome = this.#io.read();
      if (outcome) this.#read(outcome);
      else this.away = false;
    }
    if (this.#received) {
      const count = Math.min(into.length, this.#received.length);
      into.set(this.#received.subarray(0, count));
      this.#received = count < this.#received.length ? this.#received.subarray(count) : undefined;
      return count;
    }
    if (this.#failed !== undefined) throw windowsError(this.#failed, "ReadFile");
    if (!this.#ended) return undefined;
    this.#ended = false;
    return 0;
  }

  /** To be called again with the same bytes while it returns undefined: what is counted has left. */
  give(fd: number, from: Uint8Array): number | undefined {
    if (this.#io.writing.pending) return undefined;
    let outcome = this.#writer === fd ? this.#written : undefined;
    this.#written = undefined;
    this.#writer = fd;
    outcome ??= this.#io.write(from);
    if (outcome === undefined) return undefined;
    this.#writer = undefined;
    if (NOBODY_OR_FULL.has(outcome.error)) {
      setTimeout(() => this.#tell(() => {}), FULL_MS).unref();
      return undefined;
    }
    if (outcome.error !== 0) throw windowsError(outcome.error, "WriteFile");
    return outcome.count;
  }

  ready(then: () => void): () => void {
    this.#waiting.add(then);
    return () => this.#waiting.delete(then);
  }

  /** What a stream that ends has not sent is nobody's. */
  forget(fd: number): void {
    if (this.#writer === fd) this.#io.writing.cancel();
  }

  close(): void {
    this.#io.close();
    this.#tell(() => {});
  }

  makeRaw(): void {
    const { handle } = this.#io;
    const state = new Uint8Array(DCB_BYTES);
    const view = new DataView(state.buffer);
    view.setUint32(0, DCB_BYTES, true);
    lastError();
    checked(kernel().getState(handle, state), "GetCommState");
    view.setUint32(4, BAUD, true);
    view.setUint32(8, BINARY_DTR_RTS, true);
    state.set([8, 0, 0], 18); // bits, parity, stop bits
    checked(kernel().setState(handle, state), "SetCommState");
    const timeouts = new Uint32Array([GAP_MS, 0, 0, 0, 0]);
    checked(kernel().setTimeouts(handle, new Uint8Array(timeouts.buffer)), "SetCommTimeouts");
    kernel().purge(handle, RECEIVED);
    this.#isLine = true;
  }

  #read({ count, error }: Outcome): void {
    if (count > 0) {
      this.away = false;
      this.#received = this.#io.reading.bytes.slice(0, count);
    } else if (error === 0 && this.#isLine) {
      setTimeout(() => this.#tell(() => {}), FULL_MS).unref();
    } else if (error === 0 || NOBODY_OR_FULL.has(error)) {
      this.away = true;
      this.#ended = true;
    } else {
      this.away = true;
      this.#failed = error;
    }
  }

  #wrote(outcome: Outcome): void {
    this.#written = outcome;
  }

  #tell(change: () => void): void {
    change();
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const then of waiting) then();
  }
}

export class WindowsDevices implements Devices {
  readonly #ports = new Map<number, SerialPort>();
  #last = 0;

  open(path: string): number {
    return this.#add(new SerialPort(/^COM\d+$/i.test(path) ? `\\\\.\\${path}` : path));
  }

  duplicate(fd: number): number {
    const port = this.#port(fd);
    port.users += 1;
    return this.#add(port);
  }

  close(fd: number): void {
    const port = this.#port(fd);
    this.#ports.delete(fd);
    port.forget(fd);
    port.users -= 1;
    if (port.users === 0) port.close();
  }

  take(fd: number, into: Uint8Array): number | undefined {
    return this.#port(fd).take(into);
  }

  give(fd: number, from: Uint8Array): number | undefined {
    return this.#port(fd).give(fd, from);
  }

  ready(fd: number, then: () => void): () => void {
    return this.#port(fd).ready(then);
  }

  async changed(fd: number, withinMs: number, signal: AbortSignal): Promise<void> {
    const port = this.#port(fd);
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer);
        forget();
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, withinMs);
      const forget = port.ready(done);
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
  }

  isHungUp(fd: number): boolean {
    return this.#port(fd).away;
  }

  restrictPipe(path: string): void {
    restrictPipe(path);
  }

  makeRaw(fd: number): void {
    this.#port(fd).makeRaw();
  }

  #add(port: SerialPort): number {
    this.#last += 1;
    this.#ports.set(this.#last, port);
    return this.#last;
  }

  #port(fd: number): SerialPort {
    const port = this.#ports.get(fd);
    if (port === undefined) throw windowsError({ code: "EBADF" }, "device");
    return port;
  }
}
