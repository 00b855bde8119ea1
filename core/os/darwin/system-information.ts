/** What macOS says of itself. */
import { readFile } from "node:fs";
import { hostname, loadavg, machine, release, version } from "node:os";
import { called } from "../node/files.ts";
import type { Distribution, Kernel, SystemInformation, TimeZone } from "../system-information.ts";
import { macError } from "./errors.ts";
import { libSystem } from "./library.ts";

const VERSION_FILE = "/System/Library/CoreServices/SystemVersion.plist";

/** Where struct tm has tm_gmtoff, on 64-bit systems. */
const GMTOFF = 40;

export class MacSystemInformation implements SystemInformation {
  hostName(): string {
    return hostname();
  }

  kernel(): Kernel {
    return { release: release(), version: version(), machine: machine() };
  }

  load(): readonly [number, number, number] {
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    return [one, five, fifteen];
  }

  timeZone(): TimeZone {
    const { tzset, localtime, strftime } = libSystem();
    tzset();
    const broken = new Uint8Array(64); // struct tm is 56 bytes
    localtime(new BigInt64Array([BigInt(Math.floor(Date.now() / 1000))]), broken);
    const text = new Uint8Array(512);
    const length = strftime(text, text.length, "%Z", broken);
    const zone = Buffer.from(text.subarray(0, length)).toString("utf8");
    return { zone: zone === "" ? undefined : zone, offset: Number(new DataView(broken.buffer).getBigInt64(GMTOFF, true)) };
  }

  ticksPerSecond(): number {
    throw macError({ code: "ENOSYS" }, "sysconf");
  }

  /** What sw_vers shows, from where it has it. */
  async distribution(): Promise<Distribution> {
    return distributionOf(await called("open", (done) => readFile(VERSION_FILE, "utf8", done)));
  }
}

/** @param plist the property list of the system's version, as XML. */
export function distributionOf(plist: string): Distribution {
  const value = (key: string) => new RegExp(`<key>${key}</key>\\s*<string>([^<]*)</string>`).exec(plist)?.[1] ?? "";
  const [name, number, build] = [value("ProductName"), value("ProductVersion"), value("ProductBuildVersion")];
  return {
    id: "macos",
    name: name || "macOS",
    "pretty-name": `${name || "macOS"} ${number}`.trim(),
    version: build === "" ? number : `${number} (${build})`,
    "version-id": number,
  };
}
