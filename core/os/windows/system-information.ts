/** What Windows says of itself. */
import { cpus, hostname, machine } from "node:os";
import type { DeviceDriver, Distribution, Kernel, SystemInformation, TimeZone } from "../system-information.ts";
import { listDrivers } from "./device-drivers.ts";
import { windowsError } from "./errors.ts";
import { declared, wideText } from "./library.ts";
import { isPresent } from "./present-device.ts";
import { localMachine } from "./registry.ts";
import { distributionOf, type WindowsVersion } from "./version.ts";

const kernel = declared("kernel32.dll", (func) => ({
  timeZone: func("uint32 __stdcall GetTimeZoneInformation(void *)") as (into: Uint8Array) => number,
  processors: func("uint32 __stdcall GetActiveProcessorCount(uint16)") as (group: number) => number,
}));

/** Unlike GetVersionEx it says the truth also to a program that Windows has never heard of. */
const core = declared("ntdll.dll", (func) => ({
  version: func("int32 __stdcall RtlGetVersion(void *)") as (into: Uint8Array) => number,
}));

const VERSION_BYTES = 284;
const PRODUCT_TYPE = 282;
const WORKSTATION = 1;

const CURRENT_VERSION = "SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

const ALL_GROUPS = 0xffff;

const ZONE_BYTES = 172;
/** Where TIME_ZONE_INFORMATION has what: minutes, and names of 32 characters. */
const STANDARD_NAME = 4;
const STANDARD_BIAS = 84;
const DAYLIGHT_NAME = 88;
const DAYLIGHT_BIAS = 168;
const NAME_BYTES = 64;
const DAYLIGHT = 2;
const INVALID = 0xffffffff;

export class WindowsSystemInformation implements SystemInformation {
  hostName(): string {
    return hostname();
  }

  kernel(): Kernel {
    const { major, minor, build } = version();
    return { release: String(build), version: `${major}.${minor}`, machine: machine() };
  }

  load(): readonly [number, number, number] {
    throw windowsError({ code: "ENOSYS" }, "load");
  }

  timeZone(): TimeZone {
    const information = new Uint8Array(ZONE_BYTES);
    const season = kernel().timeZone(information);
    if (season === INVALID) return { zone: undefined, offset: 0 };
    return timeZoneOf(information, season);
  }

  ticksPerSecond(): number {
    throw windowsError({ code: "ENOSYS" }, "ticksPerSecond");
  }

  distribution(): Distribution {
    return distributionOf(version(), localMachine.text(CURRENT_VERSION, "ProductName"));
  }

  processors(): number {
    return kernel().processors(ALL_GROUPS) || cpus().length;
  }

  deviceDrivers(leftOut: (what: string) => void): Promise<readonly DeviceDriver[]> {
    return listDrivers(localMachine, isPresent, leftOut);
  }
}

/** @param season as GetTimeZoneInformation says it; where there is none, the standard time holds. */
export function timeZoneOf(information: Uint8Array, season: number): TimeZone {
  const view = new DataView(information.buffer, information.byteOffset, information.byteLength);
  const [at, bias] = season === DAYLIGHT ? [DAYLIGHT_NAME, DAYLIGHT_BIAS] : [STANDARD_NAME, STANDARD_BIAS];
  const name = wideText(information.subarray(at, at + NAME_BYTES));
  // The bias is what has to be added for UTC.
  const minutes = -(view.getInt32(0, true) + view.getInt32(bias, true));
  return { zone: name === "" ? undefined : name, offset: minutes === 0 ? 0 : minutes * 60 };
}

function version(): WindowsVersion {
  const information = new Uint8Array(VERSION_BYTES);
  const view = new DataView(information.buffer);
  view.setUint32(0, VERSION_BYTES, true);
  core().version(information);
  return {
    major: view.getUint32(4, true),
    minor: view.getUint32(8, true),
    build: view.getUint32(12, true),
    isServer: view.getUint8(PRODUCT_TYPE) !== WORKSTATION,
  };
}
