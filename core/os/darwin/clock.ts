/** macOS' clock. */
import type { Clock } from "../clock.ts";
import { OsError } from "../ports.ts";
import { checked, libSystem } from "./library.ts";

const CLOCK_REALTIME = 0;
const SECOND = 1_000_000_000n;
const MICROSECOND = 1000n;

export class MacClock implements Clock {
  now(): bigint {
    return BigInt(libSystem().gettime(CLOCK_REALTIME));
  }

  /** The kernel sets the hardware's clock with it. */
  set(nanoseconds: bigint): void {
    const fraction = ((nanoseconds % SECOND) + SECOND) % SECOND;
    const time = new Uint8Array(16); // struct timeval: seconds of 64 bits, microseconds of 32
    const view = new DataView(time.buffer);
    view.setBigInt64(0, (nanoseconds - fraction) / SECOND, true);
    view.setInt32(8, Number(fraction / MICROSECOND), true);
    checked(libSystem().settimeofday(time, null), "settimeofday");
  }

  async synchronize(): Promise<void> {
    throw new OsError("ENOSYS", 78, "macOS reads its hardware's clock only when it starts: give the time", "settimeofday");
  }
}
