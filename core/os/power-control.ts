/** Ending the system and putting it to sleep, where it has calls for that and no program does it. */
import { Token } from "../token.ts";

export type ShutdownMode = "powerdown" | "halt" | "reboot";
export type SleepMode = "disk" | "ram";

export interface PowerControl {
  /** Begins it, and returns. @throws OsError */
  shutDown(mode: ShutdownMode): void;
  /** Whether the system can sleep like this. */
  canSleep(mode: SleepMode): boolean;
  /** Returns when the system is awake again. @throws OsError */
  sleep(mode: SleepMode): Promise<void>;
}

/** Empty where programs do it. */
export const PowerControl = new Token<Partial<PowerControl>>("power control");
