/** The drivers of the devices on PCI, as the registry has them. */
import { OsError } from "../ports.ts";
import type { DeviceDriver } from "../system-information.ts";
import { dateOf, fileTimeIn, isClassKey, pciIdOf } from "./driver-values.ts";
import type { Registry } from "./registry.ts";

const CONTROL_SET = "SYSTEM\\CurrentControlSet";
const ENUM = `${CONTROL_SET}\\Enum`;
const CLASS = `${CONTROL_SET}\\Control\\Class`;
const BUS = "PCI";

type Told = (what: string) => void;

/**
 * The registry also remembers devices that were there once.
 * @param isPresent whether the device with this instance id is there now; it throws OsError where that can't be told.
 * @param leftOut is told what can't be understood, and so is missing.
 * @throws OsError if the devices can't be listed.
 */
export async function listDrivers(
  registry: Registry,
  isPresent: (instance: string) => Promise<boolean>,
  leftOut: Told,
): Promise<DeviceDriver[]> {
  const drivers: DeviceDriver[] = [];
  for (const device of registry.keys(`${ENUM}\\${BUS}`)) {
    const instances = await orTold(`${BUS}\\${device}`, leftOut, () => registry.keys(`${ENUM}\\${BUS}\\${device}`));
    for (const instance of instances ?? []) {
      const id = `${BUS}\\${device}\\${instance}`;
      if (!(await orTold(id, leftOut, () => isPresent(id)))) continue;
      const driver = driverOf(registry, device, id, leftOut);
      if (driver) drivers.push(driver);
    }
  }
  return drivers;
}

/** One device that can't be asked for keeps no other from the list. */
async function orTold<T>(what: string, leftOut: Told, ask: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    leftOut(`${what}: ${error.message}`);
    return undefined;
  }
}

function driverOf(registry: Registry, device: string, instance: string, leftOut: Told): DeviceDriver | undefined {
  const tell = (what: string) => leftOut(`${instance}: ${what}`);
  const key = registry.text(`${ENUM}\\${instance}`, "Driver");
  if (key === undefined) return void tell("it has no driver");
  if (!isClassKey(key)) return void tell(`its driver's key is none: ${JSON.stringify(key)}`);
  const path = `${CLASS}\\${key}`;
  const name = registry.text(path, "DriverDesc");
  if (name === undefined) return void tell("its driver has no name");
  const date = dateIn(registry, path, tell);
  const version = registry.text(path, "DriverVersion");
  if (version === undefined) tell("its driver has no version");
  const id = pciIdOf(device);
  if (id === undefined) tell("its vendor and device are not in its name");
  return { name, ...(date !== undefined && { date }), ...(version !== undefined && { version }), ...(id && { id }) };
}

/** The number, or else the text, which every Windows has had. */
function dateIn(registry: Registry, path: string, tell: Told): bigint | undefined {
  const bytes = registry.bytes(path, "DriverDateData");
  const exact = bytes && fileTimeIn(bytes);
  if (bytes && exact === undefined) tell(`the time of its driver is none: ${Buffer.from(bytes).toString("hex")}`);
  if (exact !== undefined) return exact;
  const text = registry.text(path, "DriverDate");
  const date = text === undefined ? undefined : dateOf(text);
  if (date === undefined) tell(text === undefined ? "its driver has no date" : `the date of its driver is none: ${JSON.stringify(text)}`);
  return date;
}
