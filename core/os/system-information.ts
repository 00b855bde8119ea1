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

/** What the system is called, under the names that the interface has for it. */
export interface Distribution {
  readonly id: string;
  readonly name: string;
  readonly "pretty-name": string;
  readonly version: string;
  readonly "version-id": string;
  readonly variant?: string;
  readonly "variant-id"?: string;
}

/** A driver, and the device on PCI that it serves. */
export interface DeviceDriver {
  readonly name: string;
  /** Nanoseconds since 1970-01-01 UTC. */
  readonly date?: bigint;
  readonly version?: string;
  readonly id?: PciId;
}

export interface PciId {
  readonly vendor: number;
  readonly device: number;
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
  /** Where there is no os-release(5) to tell it. */
  distribution?(): Distribution | Promise<Distribution>;
  /** How many logical processors there are, where no file tells. */
  processors?(): number;
  /**
   * Of the devices on PCI that are there now, where drivers have a version of their own.
   * @param leftOut is told what can't be understood, and so is missing.
   * @throws OsError if the devices can't be listed.
   */
  deviceDrivers?(leftOut: (what: string) => void): Promise<readonly DeviceDriver[]>;
}

export const SystemInformation = new Token<SystemInformation>("system information");
