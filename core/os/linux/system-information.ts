/** uname, load and time zone on Linux. */
import { readFileSync } from "node:fs";
import { hostname, loadavg, machine, release, version } from "node:os";
import type { Kernel, SystemInformation, TimeZone } from "../system-information.ts";
import { declared, type NativeFunction } from "./library.ts";

interface Declared {
  tzset: NativeFunction<[], void>;
  localtime_r: NativeFunction<[time: BigInt64Array, broken: Uint8Array], unknown>;
  strftime: NativeFunction<[into: Uint8Array, size: number, format: string, broken: Uint8Array], number>;
  sysconf: NativeFunction<[name: number], number>;
}

const c = declared<Declared>((library) => ({
  tzset: library.func("void tzset()"),
  localtime_r: library.func("void *localtime_r(void *, void *)"),
  strftime: library.func("size_t strftime(void *, size_t, const char *, void *)"),
  sysconf: library.func("int64_t sysconf(int)"),
}));

const SC_CLK_TCK = 2;
/** Where struct tm has tm_gmtoff, on 64-bit systems. */
const GMTOFF = 40;

export class LinuxSystemInformation implements SystemInformation {
  hostName(): string {
    return hostname();
  }

  kernel(): Kernel {
    const [kernelRelease, kernelVersion, name] = [release(), version(), machine()];
    return {
      release: kernelRelease,
      // Deno's `version` is the release once more.
      version: kernelVersion === kernelRelease ? readFileSync("/proc/sys/kernel/version", "utf8").trimEnd() : kernelVersion,
      // Bun says arm64, where Linux has no other word than aarch64.
      machine: name === "arm64" ? "aarch64" : name,
    };
  }

  load(): readonly [number, number, number] {
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    return [one, five, fifteen];
  }

  /** By the C library, which looks at /etc/localtime again when that has changed; Node's own zone is the one of its start. */
  timeZone(): TimeZone {
    const { tzset, localtime_r, strftime } = c();
    tzset();
    const broken = new Uint8Array(64); // struct tm is 56 bytes
    localtime_r(new BigInt64Array([BigInt(Math.floor(Date.now() / 1000))]), broken);
    const text = new Uint8Array(512);
    const length = strftime(text, text.length, "%Z", broken);
    const zone = Buffer.from(text.subarray(0, length)).toString("utf8");
    return {
      zone: zone === "" ? undefined : zone,
      offset: Number(new DataView(broken.buffer).getBigInt64(GMTOFF, true)),
    };
  }

  ticksPerSecond(): number {
    return c().sysconf(SC_CLK_TCK);
  }
}
