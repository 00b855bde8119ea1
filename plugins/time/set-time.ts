/** Setting the system's clock, and the hardware's with it. */
import { type Clock, failed, type Int64Value, type Log, OsError, type Processes, runHelper } from "../../core/plugin.ts";

const HWCLOCK = "/sbin/hwclock";
const ACTION = "set hardware clock to system time";

/** A clock chip that doesn't answer must not hold the command for ever. */
const HWCLOCK_LIMIT_MS = 30_000;

/** The start of the year 2070 in nanoseconds: the interface takes times of a hundred years. */
const END = 3_155_760_000_000_000_000n;

/**
 * @param time nanoseconds since 1970-01-01 UTC; without it the hardware clock's time is taken.
 * @throws CommandError if the time is out of range or a clock can't be set. The system's clock is set before the hardware's.
 */
export async function setTime(clock: Clock, processes: Processes, time: Int64Value | undefined, log: Log): Promise<void> {
  if (clock.synchronize) {
    await withoutProgram(clock, () => clock.synchronize?.(), time);
    return;
  }
  const hwclock = (option: string) => runHelper(processes, HWCLOCK, [option], ACTION, { timeoutMs: HWCLOCK_LIMIT_MS });
  if (time === undefined) {
    await hwclock("-s");
    return;
  }
  setSystemTime(clock, BigInt(time));
  try {
    await hwclock("-w");
  } catch (error) {
    // The error's text is the interface's and doesn't say that half of the work is done.
    log.warning("guest-set-time: the system's clock was set, the hardware clock was not");
    throw error;
  }
}

/** Where the system has no hwclock, and needs none. */
async function withoutProgram(clock: Clock, synchronize: () => Promise<void> | undefined, time: Int64Value | undefined): Promise<void> {
  if (time !== undefined) setSystemTime(clock, BigInt(time));
  else {
    try {
      await synchronize();
    } catch (error) {
      throw error instanceof OsError ? failed(`Failed to set time to guest: ${error.message}`) : error;
    }
  }
}

function setSystemTime(clock: Clock, nanoseconds: bigint): void {
  if (nanoseconds < 0n || nanoseconds >= END) throw failed("Invalid time");
  try {
    clock.set(nanoseconds);
  } catch (error) {
    if (error instanceof OsError) throw failed(`Failed to set time to guest: ${error.message}`);
    throw error;
  }
}
