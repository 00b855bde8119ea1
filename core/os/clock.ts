/** The system's clock. */
import { Token } from "../token.ts";

export interface Clock {
  /** Nanoseconds since 1970-01-01 UTC. */
  now(): bigint;
  /**
   * Sets the system's clock, not the hardware's.
   * @param nanoseconds since 1970-01-01 UTC; what is finer than the system's resolution is dropped.
   * @throws OsError `EPERM` without the right to.
   */
  set(nanoseconds: bigint): void;
  /**
   * Where the system sets the hardware's clock by itself, and no program does: takes the time from where the system has it.
   * @throws OsError
   */
  synchronize?(): Promise<void>;
}

export const Clock = new Token<Clock>("clock");
