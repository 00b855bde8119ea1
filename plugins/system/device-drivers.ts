/** The drivers of devices as the interface tells them. */
import { failed, type Log, OsError, type SystemInformation, Type } from "../../core/plugin.ts";

const uint16 = (what: string) => Type.Uint64({ description: `Number of the ${what} on PCI, of 16 bits.` });

export const DriverType = Type.Object({
  "driver-name": Type.String({ description: "As Windows shows it." }),
  "driver-date": Type.Optional(Type.Int64({ description: "Nanoseconds since 1970-01-01 UTC; negative before." })),
  "driver-version": Type.Optional(Type.String()),
  id: Type.Optional(
    Type.Object({
      type: Type.Enum(["pci"]),
      "vendor-id": uint16("vendor"),
      "device-id": uint16("device"),
    }),
  ),
});

/** @throws CommandError if they can't be listed. */
export async function describeDrivers(system: SystemInformation, log: Log) {
  try {
    const drivers = (await system.deviceDrivers?.((what) => log.debug(`guest-get-devices: ${what}`))) ?? [];
    return drivers.map(({ name, date, version, id }) => ({
      "driver-name": name,
      ...(date !== undefined && { "driver-date": date }),
      ...(version !== undefined && { "driver-version": version }),
      ...(id && { id: { type: "pci" as const, "vendor-id": id.vendor, "device-id": id.device } }),
    }));
  } catch (error) {
    throw error instanceof OsError ? failed(`failed to list the devices: ${error.message}`) : error;
  }
}
