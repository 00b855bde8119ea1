/** Drivers in a registry of Windows' form: what is in its values, and which devices are listed. */
import { describe, expect, it } from "vitest";
import { OsError } from "../../../core/os/ports.ts";
import { listDrivers } from "../../../core/os/windows/device-drivers.ts";
import { dateOf, fileTimeIn, isClassKey, pciIdOf } from "../../../core/os/windows/driver-values.ts";
import type { Registry } from "../../../core/os/windows/registry.ts";

const day = (text: string) => BigInt(Date.parse(`${text}T00:00Z`)) * 1_000_000n;

function fileTime(units: bigint): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(units);
  return bytes;
}

describe("a date of the registry", () => {
  it.each([
    ["6-21-2006", day("2006-06-21")],
    ["06-21-2006", day("2006-06-21")],
    ["2-29-2024", day("2024-02-29")],
    ["7-18-1968", day("1968-07-18")], // Intel's, for what needs no driver
    ["1-1-1970", 0n],
    ["12-31-2261", day("2261-12-31")],
  ])("%s", (text, nanoseconds) => expect(dateOf(text)).toBe(nanoseconds));

  it.each([
    "",
    "2-29-2023",
    "13-1-2020",
    "0-1-2020",
    "1-0-2020",
    "1-32-2020",
    "1-1-0070",
    "1-1-1600",
    "1-1-9999",
    "6/21/2006",
    "2006-06-21",
    " 6-21-2006",
    "6-21-2006\n",
  ])("%j is none", (text) => expect(dateOf(text)).toBeUndefined());
});

describe("a date in bytes", () => {
  it.each([
    [fileTime(116_444_736_000_000_000n), 0n],
    [fileTime(127_953_216_000_000_000n), day("2006-06-21")],
    [fileTime(115_985_088_000_000_000n), day("1968-07-18")],
    [Buffer.concat([Buffer.from("x"), fileTime(127_953_216_000_000_000n)]).subarray(1), day("2006-06-21")],
  ])("%j", (bytes, nanoseconds) => expect(fileTimeIn(bytes)).toBe(nanoseconds));

  it.each([
    ["nothing", new Uint8Array()],
    ["half of it", fileTime(127_953_216_000_000_000n).subarray(0, 4)],
    ["more", Buffer.alloc(16, 1)],
    ["zero", fileTime(0n)],
    ["1601", fileTime(1n)],
    ["beyond 64 bits of nanoseconds", fileTime(0xffff_ffff_ffff_ffffn)],
  ])("%s is none", (_, bytes) => expect(fileTimeIn(bytes)).toBeUndefined());
});

describe("a device's name", () => {
  it.each([
    ["VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01", { vendor: 0x1af4, device: 0x1041 }],
    ["ven_8086&dev_7010", { vendor: 0x8086, device: 0x7010 }],
    ["VEN_1AF4&DEV_104", undefined],
    ["VEN_1AF4&DEV_10411", undefined],
    ["VEN_1AG4&DEV_1041", undefined],
    ["xVEN_1AF4&DEV_1041", undefined],
    ["CC_0604", undefined],
  ])("%s", (name, id) => expect(pciIdOf(name)).toEqual(id));
});

describe("a driver's key", () => {
  it.each([
    ["{4d36e972-e325-11ce-bfc1-08002be10318}\\0007", true],
    ["{4D36E972-E325-11CE-BFC1-08002BE10318}\\0007", true],
    ["{4d36e972-e325-11ce-bfc1-08002be10318}", false],
    ["{4d36e972-e325-11ce-bfc1-08002be10318}\\..\\0007", false],
    ["{4d36e972-e325-11ce-bfc1-08002be10318}\\0007\\x", false],
    ["..\\..\\Services\\x\\0007", false],
    ["", false],
  ])("%s: %s", (text, is) => expect(isClassKey(text)).toBe(is));
});

type Values = Readonly<Record<string, string | Uint8Array>>;

const ROOT = "SYSTEM\\CurrentControlSet";
const NIC = "PCI\\VEN_1AF4&DEV_1041&SUBSYS_11001AF4&REV_01\\3&13c0b0c5&0&18";
const DISK = "PCI\\VEN_1AF4&DEV_1042&SUBSYS_11001AF4&REV_01\\3&13c0b0c5&0&20";
const KEY = "{4d36e972-e325-11ce-bfc1-08002be10318}\\0007";
const DRIVER = { DriverDesc: "Red Hat VirtIO Ethernet Adapter", DriverDate: "6-21-2006", DriverVersion: "100.93.104.24000" };
const TOLD = { name: DRIVER.DriverDesc, date: day("2006-06-21"), version: DRIVER.DriverVersion, id: { vendor: 0x1af4, device: 0x1041 } };

/** @param devices by instance id. @param drivers by their key below Class. */
function registryOf(devices: Readonly<Record<string, Values>>, drivers: Readonly<Record<string, Values>>): Registry {
  const all: Record<string, Values> = {};
  for (const [id, values] of Object.entries(devices)) all[`${ROOT}\\Enum\\${id}`] = values;
  for (const [key, values] of Object.entries(drivers)) all[`${ROOT}\\Control\\Class\\${key}`] = values;
  const value = (path: string, name: string) => all[path]?.[name];
  return {
    keys(path) {
      const below = Object.keys(all).filter((key) => key.startsWith(`${path}\\`));
      return [...new Set(below.map((key) => key.slice(path.length + 1).split("\\", 1)[0] ?? ""))];
    },
    text(path, name) {
      const found = value(path, name);
      return typeof found === "string" ? found : undefined;
    },
    bytes(path, name) {
      const found = value(path, name);
      return typeof found === "string" ? undefined : found;
    },
  };
}

async function listed(registry: Registry, isPresent = async (_: string) => true) {
  const leftOut: string[] = [];
  return { drivers: await listDrivers(registry, isPresent, (what) => void leftOut.push(what)), leftOut };
}

describe("the list of drivers", () => {
  const both = registryOf(
    { [NIC]: { Driver: KEY }, [DISK]: { Driver: KEY.replace("7", "8") } },
    { [KEY]: DRIVER, [KEY.replace("7", "8")]: { ...DRIVER, DriverDesc: "Red Hat VirtIO SCSI controller" } },
  );

  it("has every device that is there, in the registry's order", async () => {
    const disk = { ...TOLD, name: "Red Hat VirtIO SCSI controller", id: { vendor: 0x1af4, device: 0x1042 } };
    expect(await listed(both)).toEqual({ drivers: [TOLD, disk], leftOut: [] });
  });

  it("has none that was there once, and says nothing of it", async () => {
    const asked: string[] = [];
    const isPresent = async (instance: string) => asked.push(instance) > 0 && instance === NIC;
    expect(await listed(both, isPresent)).toEqual({ drivers: [TOLD], leftOut: [] });
    expect(asked).toEqual([NIC, DISK]);
  });

  it("is told apart by instance where two devices are the same", async () => {
    const second = NIC.replace("&18", "&19");
    const registry = registryOf({ [NIC]: { Driver: KEY }, [second]: { Driver: KEY } }, { [KEY]: DRIVER });
    expect((await listed(registry)).drivers).toEqual([TOLD, TOLD]);
    expect((await listed(registry, async (instance) => instance === second)).drivers).toEqual([TOLD]);
  });

  it("is empty where there is no PCI", async () => expect(await listed(registryOf({}, {}))).toEqual({ drivers: [], leftOut: [] }));

  it.each<[what: string, device: Values, driver: Values, told: object | undefined, leftOut: string]>([
    ["no driver", {}, DRIVER, undefined, "it has no driver"],
    ["a driver elsewhere", { Driver: "..\\x\\0001" }, DRIVER, undefined, 'its driver\'s key is none: "..\\\\x\\\\0001"'],
    ["a driver of another kind", { Driver: Buffer.from(KEY) }, DRIVER, undefined, "it has no driver"],
    ["a driver without values", { Driver: KEY }, {}, undefined, "its driver has no name"],
    ["no date", { Driver: KEY }, { ...DRIVER, DriverDate: Buffer.alloc(1) }, { ...TOLD, date: undefined }, "its driver has no date"],
    [
      "no real date",
      { Driver: KEY },
      { ...DRIVER, DriverDate: "2-30-2020" },
      { ...TOLD, date: undefined },
      'the date of its driver is none: "2-30-2020"',
    ],
    [
      "no version",
      { Driver: KEY },
      { ...DRIVER, DriverVersion: Buffer.alloc(1) },
      { ...TOLD, version: undefined },
      "its driver has no version",
    ],
    ["half a time", { Driver: KEY }, { ...DRIVER, DriverDateData: Buffer.alloc(4, 1) }, TOLD, "the time of its driver is none: 01010101"],
  ])("leaves out what can't be understood: %s", async (_, device, driver, told, leftOut) => {
    const { drivers, leftOut: left } = await listed(registryOf({ [NIC]: device }, { [KEY]: driver }));
    expect(drivers).toEqual(told === undefined ? [] : [told]);
    expect(left).toEqual([`${NIC}: ${leftOut}`]);
  });

  it("takes the time in bytes before the text", async () => {
    const driver = { ...DRIVER, DriverDate: "nonsense", DriverDateData: fileTime(116_444_736_000_000_000n) };
    expect(await listed(registryOf({ [NIC]: { Driver: KEY } }, { [KEY]: driver }))).toEqual({
      drivers: [{ ...TOLD, date: 0n }],
      leftOut: [],
    });
  });

  it("has no id of a device whose name has none", async () => {
    const { id: _, ...told } = TOLD;
    const left = "PCI\\CC_0604\\1: its vendor and device are not in its name";
    expect(await listed(registryOf({ "PCI\\CC_0604\\1": { Driver: KEY } }, { [KEY]: DRIVER }))).toEqual({
      drivers: [told],
      leftOut: [left],
    });
  });

  it("goes on behind a device that can't be asked for", async () => {
    const denied = new OsError("EACCES", 5, "Access is denied.", "RegOpenKeyEx");
    const isPresent = async (instance: string) => {
      if (instance === DISK) throw denied;
      return true;
    };
    expect(await listed(both, isPresent)).toEqual({ drivers: [TOLD], leftOut: [`${DISK}: Access is denied.`] });
    const device = NIC.slice(0, NIC.lastIndexOf("\\"));
    const keys = (path: string) => {
      if (path.endsWith(device)) throw denied;
      return both.keys(path);
    };
    const { drivers, leftOut } = await listed({ ...both, keys });
    expect([drivers.length, leftOut]).toEqual([1, [`${device}: Access is denied.`]]);
  });

  it("fails where no device can be listed, and on a mistake of ours", async () => {
    const failing = (error: Error) => ({
      ...both,
      keys: () => {
        throw error;
      },
    });
    const denied = new OsError("EACCES", 5, "Access is denied.", "RegOpenKeyEx");
    await expect(listed(failing(denied))).rejects.toBe(denied);
    await expect(listed(both, () => Promise.reject(new TypeError("x")))).rejects.toThrow(TypeError);
  });
});
