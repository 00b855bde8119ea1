/** Windows' clock, in units of 100 ns since 1601. */
import type { Clock } from "../clock.ts";
import type { Processes } from "../ports.ts";
import { OsError } from "../ports.ts";
import { checked, declared } from "./library.ts";

const kernel = declared("kernel32.dll", (func) => ({
  now: func("void __stdcall GetSystemTimePreciseAsFileTime(void *)") as (into: BigUint64Array) => void,
  toSystemTime: func("int __stdcall FileTimeToSystemTime(void *, void *)") as (time: BigUint64Array, into: Uint8Array) => number,
  set: func("int __stdcall SetSystemTime(void *)") as (time: Uint8Array) => number,
}));

const SYSTEM_TIME_BYTES = 16;
const UNIT_NS = 100n;
const FROM_1601_NS = 11_644_473_600_000_000_000n;
const LIMIT_MS = 30_000;

export class WindowsClock implements Clock {
  readonly #processes: Processes;

  constructor(processes: Processes) {
    this.#processes = processes;
  }

  now(): bigint {
    const time = new BigUint64Array(1);
    kernel().now(time);
    return nanosecondsOf(time[0] ?? 0n);
  }

  /** To the millisecond. Windows switches the right to do it on by itself, and sets the hardware's clock, too. */
  set(nanoseconds: bigint): void {
    const time = new Uint8Array(SYSTEM_TIME_BYTES);
    checked(kernel().toSystemTime(new BigUint64Array([fileTimeOf(nanoseconds)]), time), "FileTimeToSystemTime");
    checked(kernel().set(time), "SetSystemTime");
  }

  /** From the time server that the system is set up with; Windows reads the hardware's clock only when it starts. */
  async synchronize(): Promise<void> {
    const { status, output } = await this.#processes.run("w32tm.exe", ["/resync", "/nowait"], { timeoutMs: LIMIT_MS });
    if (status !== 0) throw new OsError("EIO", status ?? 0, `w32tm /resync: ${output.trim() || `exit status ${status}`}`, "w32tm");
  }
}

export function nanosecondsOf(fileTime: bigint): bigint {
  return fileTime * UNIT_NS - FROM_1601_NS;
}

export function fileTimeOf(nanoseconds: bigint): bigint {
  return (nanoseconds + FROM_1601_NS) / UNIT_NS;
}
