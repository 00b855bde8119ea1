/** What the system says of itself. */
import { Token } from "../token.ts";

export interface Kernel {
  /** As `uname -r`. */
  readonly release: string;
  /** As `uname -v`. */
  readonly version: string;
  /** As `uname -m`. */
  readonly machine: string;
}

export interface TimeZone {
  /** Abbreviation of the local time zone as it holds now ("CET"), or undefined where there is none. */
  readonly zone: string | undefined;
  /** Seconds east of UTC as they hold now. */
  readonly offset: number;
}

/** Asked anew at every call: a host name or a time zone may be changed at any time. */
export interface SystemInformation {
  hostName(): string;
  kernel(): Kernel;
  /** Load averages over 1, 5 and 15 minutes. */
  load(): readonly [number, number, number];
  timeZone(): TimeZone;
  /** How many parts a second is counted in by the times of /proc/stat. */
  ticksPerSecond(): number;
}

export const SystemInformation = new Token<SystemInformation>("system information");
