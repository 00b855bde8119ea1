/** guest-get-osinfo, -timezone, -host-name, -load, -time: prepared systems. */
import { loadavg } from "node:os";
import type { Scenario } from "./scenario.ts";
import { call, withEach } from "./steps.ts";
import { MALFORMED_RELEASES, ODD_RELEASES, RELEASES } from "./texts-os-release.ts";

const OSINFO = call("guest-get-osinfo");
const TIMEZONE = call("guest-get-timezone");

const ZONES = [
  "UTC",
  "Europe/Berlin",
  ":Europe/London",
  "America/St_Johns",
  "Asia/Kathmandu",
  "Pacific/Kiritimati",
  "EST5EDT",
  "EST+5",
  "<+0330>-3:30",
  "<-12>12",
  "AAA0:00:01",
  "",
  "/usr/share/zoneinfo/Asia/Tokyo",
];

/** What TZ may not be. */
const NO_ZONES = ["XXX-25", "garbage", "Nowhere/None", "\xc3\xa9\xc3\xa9\xc3\xa95"];

/** What is this near is now, in milliseconds. */
const NOW = 3000;

/** A time in nanoseconds. */
function nowMasked(line: string): string {
  return line.replace(/^(\{"return": )(\d+)(?=[},])/, (all, before: string, time: string) => {
    if (Math.abs(Number(BigInt(time) / 1_000_000n) - Date.now()) > NOW) return all;
    return `${before}"<now, in ${time.endsWith("000") ? "micro" : "nano"}seconds>"`;
  });
}

/** Loads move all the time, and agents have them from two places, one of which has only two decimals. */
function loadMasked(line: string): string {
  const loads = loadavg();
  return ["load1m", "load5m", "load15m"].reduce(
    (text, name, index) =>
      text.replace(new RegExp(`("${name}": )([\\d.]+)`), (all, before: string, value: string) =>
        Math.abs(Number(value) - (loads[index] ?? 0)) < 1 ? `${before}"<load>"` : all,
      ),
    line,
  );
}

export const SYSTEM_SCENARIOS: readonly Scenario[] = [
  {
    id: "os-release by QGA_OS_RELEASE",
    env: { QGA_OS_RELEASE: "release" },
    steps: [OSINFO, ...withEach("release", { ...RELEASES, ...ODD_RELEASES }, OSINFO), { put: { release: null } }, OSINFO],
  },
  {
    id: "malformed os-release",
    env: { QGA_OS_RELEASE: "release" },
    steps: withEach("release", MALFORMED_RELEASES, OSINFO),
  },
  { id: "os-release that is a folder", env: { QGA_OS_RELEASE: "release" }, prepare: { release: { folder: true } }, steps: [OSINFO] },
  { id: "os-release without a name", env: { QGA_OS_RELEASE: "" }, steps: [OSINFO] },
  {
    id: "os-release of /etc, or of the vendor",
    world: { etc: { tree: { "os-release": "NAME=of-etc\n" } } },
    steps: [OSINFO, { put: { "/etc/os-release": null } }, OSINFO, { put: { "/etc/os-release": { folder: true } } }, OSINFO],
  },
  ...ZONES.map((TZ) => ({ id: `time zone TZ=${TZ}`, env: { TZ }, steps: [TIMEZONE] })),
  ...NO_ZONES.map((TZ) => ({ id: `no time zone TZ=${TZ}`, env: { TZ }, steps: [TIMEZONE] })),
  {
    id: "time zone of /etc/localtime",
    env: { TZ: "{unset}" },
    world: { etc: { tree: { localtime: { link: "/usr/share/zoneinfo/Asia/Kolkata" } } } },
    steps: [
      TIMEZONE,
      { put: { "/etc/localtime": { link: "/usr/share/zoneinfo/America/New_York" } } },
      TIMEZONE,
      { put: { "/etc/localtime": null } },
      TIMEZONE,
      { put: { "/etc/localtime": "garbage" } },
      TIMEZONE,
    ],
  },
  {
    id: "time zone without /etc/localtime",
    env: { TZ: "{unset}" },
    world: { etc: { tree: { localtime: { folder: true } } } },
    steps: [TIMEZONE],
  },
  { id: "load", generations: ["current", "11"], masked: loadMasked, steps: [call("guest-get-load"), call("guest-get-load", "{}")] },
  {
    id: "time now",
    masked: nowMasked,
    steps: [call("guest-get-time"), call("guest-get-time", "{}"), { ask: '{"execute":"guest-get-time","id":"x"}', lines: 1 }],
  },
  { id: "host name", steps: [call("guest-get-host-name"), call("guest-get-host-name", "{}")] },
  {
    id: "times that are refused",
    world: {},
    steps: ["-9223372036854775808", "9223372036854775807", "4000000000000000000", "-1000000000"].map((time) =>
      call("guest-set-time", `{"time":${time}}`, "outside of the years that are allowed, and without the right to set the clock"),
    ),
  },
];
