/** The clock by the C library: Node's has milliseconds only, and none that can be set. */
import type { Clock } from "../clock.ts";
import { checked, declared, type NativeFunction } from "./library.ts";

interface Declared {
  clock_gettime: NativeFunction<[clock: number, time: BigInt64Array], number>;
  clock_settime: NativeFunction<[clock: number, time: BigInt64Array], number>;
}

const c = declared<Declared>((library) => ({
  clock_gettime: library.func("int clock_gettime(int, void *)"),
  clock_settime: library.func("int clock_settime(int, void *)"),
}));

const CLOCK_REALTIME = 0;
const SECOND = 1_000_000_000n;

export class LinuxClock implements Clock {
  now(): bigint {
    const time = new BigInt64Array(2); // struct timespec: seconds, nanoseconds
    checked(c().clock_gettime(CLOCK_REALTIME, time), "clock_gettime");
    return (time[0] ?? 0n) * SECOND + (time[1] ?? 0n);
  }

  set(nanoseconds: bigint): void {
    const fraction = ((nanoseconds % SECOND) + SECOND) % SECOND;
    checked(c().clock_settime(CLOCK_REALTIME, new BigInt64Array([(nanoseconds - fraction) / SECOND, fraction])), "clock_settime");
  }
}
