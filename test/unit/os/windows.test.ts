/** What Windows hands over in memory, and what is made of it, on bytes as its documentation lays them out. */
import { describe, expect, it, test } from "vitest";
import { agentPlaces } from "../../../core/os/places.ts";
import { OsError } from "../../../core/os/ports.ts";
import { entriesOf, sidText } from "../../../core/os/windows/access-list.ts";
import { loginIn } from "../../../core/os/windows/accounts.ts";
import { fileTimeOf, nanosecondsOf } from "../../../core/os/windows/clock.ts";
import { diskPlace, extentsOf } from "../../../core/os/windows/disk-structures.ts";
import { windowsError } from "../../../core/os/windows/errors.ts";
import { addressOf, countersOf, INTERFACE_ROW_BYTES, ROUTE_ROW_BYTES, routeOf } from "../../../core/os/windows/ip-structures.ts";
import { canSleepBy } from "../../../core/os/windows/power-control.ts";
import { timeZoneOf } from "../../../core/os/windows/system-information.ts";
import { problemOf } from "../../../core/os/windows/trust.ts";
import { distributionOf } from "../../../core/os/windows/version.ts";

/** Bytes with values at their places. */
function structure(size: number, values: Readonly<Record<number, number[] | string | bigint>>): Uint8Array {
  const bytes = Buffer.alloc(size);
  for (const [at, value] of Object.entries(values)) {
    if (typeof value === "bigint") bytes.writeBigInt64LE(value, Number(at));
    else bytes.set(typeof value === "string" ? Buffer.from(value, "utf16le") : value, Number(at));
  }
  return bytes;
}

const word = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return [...bytes];
};

describe("errors", () => {
  it.each([
    [{ code: "ENOENT" }, "ENOENT", 2, "The system cannot find the file specified."],
    [{ code: "EPERM", errno: -4048 }, "EPERM", 5, "Access is denied."],
    [{ code: "EBUSY" }, "EBUSY", 32, "The process cannot access the file because it is being used by another process."],
    [{ code: "ERR_INVALID_ARG_VALUE" }, "EINVAL", 87, "The parameter is incorrect."],
    [3, "ENOENT", 3, "The system cannot find the path specified."],
    [5, "EACCES", 5, "Access is denied."],
    [2221, "E2221", 2221, "The user name could not be found."],
  ])("%j is %s, %i: %s", (failure, code, errno, message) => {
    expect(windowsError(failure, "open")).toMatchObject({ code, errno, message, call: "open" });
  });

  it("stays what it was", () => {
    const error = new OsError("EX", 1, "text", "call");
    expect(windowsError(error, "other")).toBe(error);
  });
});

describe("versions", () => {
  it.each([
    [{ major: 10, minor: 0, build: 19045, isServer: false }, "Windows 10 Pro", "10", "Windows 10 Pro", "client"],
    [{ major: 10, minor: 0, build: 22631, isServer: false }, "Windows 10 Pro", "11", "Windows 11 Pro", "client"],
    [
      { major: 10, minor: 0, build: 14393, isServer: true },
      "Windows Server 2016 Standard",
      "2016",
      "Windows Server 2016 Standard",
      "server",
    ],
    [{ major: 10, minor: 0, build: 20348, isServer: true }, undefined, "2022", "Microsoft Windows Server 2022", "server"],
    [{ major: 6, minor: 3, build: 9600, isServer: true }, undefined, "2012r2", "Microsoft Windows Server 2012 R2", "server"],
    [{ major: 12, minor: 1, build: 1, isServer: false }, undefined, "12.1", "Microsoft Windows 12.1", "client"],
  ])("%j, called %j", (version, product, id, pretty, variant) => {
    expect(distributionOf(version, product)).toMatchObject({ "version-id": id, "pretty-name": pretty, variant });
  });
});

describe("times", () => {
  test("1601 to 1970 and back", () => {
    expect(nanosecondsOf(116_444_736_000_000_000n)).toBe(0n);
    expect(nanosecondsOf(fileTimeOf(1_700_000_000_123_456_700n))).toBe(1_700_000_000_123_456_700n);
  });

  const zone = structure(172, {
    0: word(-60),
    4: "W. Europe Standard Time\0",
    84: word(0),
    88: "W. Europe Daylight Time\0",
    168: word(-60),
  });
  it.each([
    [1, "W. Europe Standard Time", 3600],
    [2, "W. Europe Daylight Time", 7200],
    [0, "W. Europe Standard Time", 3600],
  ])("time zone in season %i", (season, name, offset) => {
    expect(timeZoneOf(zone, season)).toEqual({ zone: name, offset });
  });

  test("UTC is 0, not -0", () => {
    expect(timeZoneOf(structure(172, { 4: "UTC\0" }), 0)).toEqual({ zone: "UTC", offset: 0 });
  });
});

describe("logins", () => {
  test("a session with a user, its domain and when it began", () => {
    const information = structure(216, { 96: "GUEST\0", 130: "Jürgen\0", 200: 116_444_736_000_000_000n + 15_000_000n });
    expect(loginIn(information)).toEqual({ user: "Jürgen", domain: "GUEST", loginTime: 1.5 });
  });

  test("a session without a user is none", () => {
    expect(loginIn(structure(216, {}))).toBeUndefined();
  });
});

describe("disks", () => {
  const descriptor = structure(128, { 24: word(60), 28: word(17), 60: [...Buffer.from("  SN 42 \0")] });
  test("bus, place and serial number", () => {
    expect(diskPlace("\\\\.\\PhysicalDrive1", descriptor, Uint8Array.from([8, 0, 0, 0, 2, 1, 3, 5]))).toEqual({
      bus: "nvme",
      channel: 1,
      target: 3,
      unit: 5,
      serial: "SN 42",
      device: "\\\\.\\PhysicalDrive1",
    });
  });

  test("without an address and a serial number", () => {
    expect(diskPlace("d", structure(64, { 28: word(99) }), undefined)).toEqual({
      bus: "unknown",
      channel: 0,
      target: 0,
      unit: 0,
      device: "d",
    });
  });

  test("a volume on two disks", () => {
    expect(extentsOf(structure(200, { 0: word(2), 8: word(3), 32: word(1) }))).toEqual([3, 1]);
  });

  test("no more parts than there is room for", () => {
    expect(extentsOf(structure(32, { 0: word(1000), 8: word(3) }))).toEqual([3]);
  });
});

describe("the network", () => {
  test("addresses of both families, and none of others", () => {
    expect(addressOf(Uint8Array.from([2, 0, 0, 0, 192, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0]), 24)).toEqual({
      address: "192.0.2.1",
      family: "ipv4",
      prefix: 24,
    });
    const ipv6 = structure(28, { 0: [23, 0], 8: [0xfe, 0x80], 23: [1] });
    expect(addressOf(ipv6, 64)).toEqual({ address: "fe80::1", family: "ipv6", prefix: 64 });
    expect(addressOf(structure(16, { 0: [17, 0] }), 0)).toBeUndefined();
  });

  test("counters, exact also beyond 2^53", () => {
    const row = structure(INTERFACE_ROW_BYTES, {
      1208: 9_007_199_254_740_993n,
      1216: 10n,
      1224: 2n,
      1232: 3n,
      1240: 4n,
      1280: 5n,
      1288: 6n,
      1296: 7n,
      1304: 8n,
      1312: 9n,
    });
    expect(countersOf(row)).toEqual({
      received: { bytes: 9_007_199_254_740_993n, packets: 12, dropped: 3, errors: 4 },
      sent: { bytes: 5, packets: 13, dropped: 8, errors: 9 },
    });
  });

  test("a route, with its interface's metric", () => {
    const adapter = { name: "Ethernet", hardware: undefined, luid: 7n, addresses: [], metric: { ipv4: 25, ipv6: 50 } };
    const row = structure(ROUTE_ROW_BYTES, { 0: 7n, 12: [2, 0, 0, 0, 10, 0, 0, 0], 40: [8], 44: [2, 0, 0, 0, 192, 0, 2, 1], 84: word(10) });
    expect(routeOf(row, new Map([[7n, adapter]]))).toEqual({
      interfaceName: "Ethernet",
      family: "ipv4",
      destination: "10.0.0.0",
      prefix: 8,
      gateway: "192.0.2.1",
      metric: 35,
    });
  });
});

describe("sleep", () => {
  it.each([
    ["ram", { 5: [1] }, true],
    ["ram", { 6: [1], 8: [1] }, false],
    ["disk", { 6: [1], 8: [1] }, true],
    ["disk", { 6: [1] }, false],
  ] as const)("%s with %j: %s", (mode, values, can) => {
    expect(canSleepBy(structure(76, values as never), mode)).toBe(can);
  });
});

describe("who may change a file", () => {
  const sid = (...parts: number[]) => [1, parts.length - 1, 0, 0, 0, 0, 0, parts[0] ?? 0, ...parts.slice(1).flatMap(word)];
  const system = sid(5, 18);
  const administrators = sid(5, 32, 544);
  const users = sid(5, 32, 545);
  const entry = (type: number, flags: number, mask: number, who: number[]) => [type, flags, 8 + who.length, 0, ...word(mask), ...who];
  const list = (...entries: number[][]) => Uint8Array.from([2, 0, 0, 0, entries.length, 0, 0, 0, ...entries.flat()]);
  const trusted = (text: string) => ["S-1-5-18", "S-1-5-32-544"].includes(text);
  const WRITE = 0x2;
  const FULL = 0x1f01ff;
  const READ = 0x1200a9;
  const problem = (owner: number[], entries: Uint8Array | undefined) =>
    problemOf(Uint8Array.from(owner), entries && entriesOf(entries), WRITE | 0x10000, trusted);

  test("identifiers as text", () => {
    expect(sidText(Uint8Array.from(administrators))).toBe("S-1-5-32-544");
    expect(sidText(Uint8Array.from(sid(5, 21, 4294967295, 0, 1)))).toBe("S-1-5-21-4294967295-0-1");
  });

  test("the system's, which users may read", () => {
    expect(problem(system, list(entry(0, 0, FULL, administrators), entry(0, 0, READ, users)))).toBeUndefined();
  });

  test("what users may do only with what is made in it is no matter, nor what they are denied", () => {
    expect(problem(system, list(entry(0, 0x8 | 0x1, FULL, users), entry(1, 0, WRITE, users)))).toBeUndefined();
  });

  it.each([
    ["belongs to a user", users, list(entry(0, 0, FULL, administrators)), "this belongs to S-1-5-32-545"],
    ["users may write", system, list(entry(0, 0, READ | WRITE, users)), "S-1-5-32-545 may change it"],
    ["an inherited right to delete", system, list(entry(0, 0x10, 0x10000, users)), "S-1-5-32-545 may change it"],
    ["without a list", system, undefined, "this has no access list"],
    ["an entry of a kind that nobody knows", system, list(entry(5, 0, WRITE, administrators)), "S-1-1-0 may change it"],
  ])("%s", (_, owner, entries, text) => {
    expect(problem(owner, entries)).toContain(text);
  });
});

describe("places", () => {
  test("below ProgramData, wherever that is; elsewhere as ever", () => {
    expect(agentPlaces("win32", { ProgramData: "D:\\Data" }).adminConfig).toBe("D:\\Data\\lodger\\lodger.toml");
    expect(agentPlaces("win32", {}).state).toBe("C:\\ProgramData\\lodger\\state");
    expect(agentPlaces("linux", { ProgramData: "/x" })).toMatchObject({ state: "/var/run", adminConfig: "/etc/lodger/lodger.toml" });
  });
});
