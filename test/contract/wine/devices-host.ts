/**
 * The drivers in the registry, where all devices are there but the one that is named: which ones are, Wine doesn't know. Prints them, what
 * was left out, and what the system itself says of each.
 */
import { listDrivers } from "../../../core/os/windows/device-drivers.ts";
import { isPresent } from "../../../core/os/windows/present-device.ts";
import { localMachine } from "../../../core/os/windows/registry.ts";

const [gone] = process.argv.slice(2);

async function list(): Promise<void> {
  const asked: Record<string, boolean | string> = {};
  const leftOut: string[] = [];
  const present = async (instance: string) => {
    asked[instance] = await isPresent(instance).catch((error) => error.message);
    return instance !== gone;
  };
  const drivers = await listDrivers(localMachine, present, (what) => void leftOut.push(what));
  const asText = (_: string, value: unknown) => (typeof value === "bigint" ? String(value) : value);
  process.stdout.write(JSON.stringify({ drivers, leftOut, asked }, asText));
}

void list();
