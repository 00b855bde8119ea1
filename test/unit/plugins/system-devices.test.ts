import { describe, expect, it } from "vitest";
import { type DeviceDriver, OsError, type SystemInformation } from "../../../core/plugin.ts";
import system from "../../../plugins/system/index.ts";
import { FakeFiles } from "../fake-files.ts";
import { commandsOf, RecordedLog } from "../run-command.ts";

function asked(deviceDrivers: SystemInformation["deviceDrivers"], log = new RecordedLog()) {
  return commandsOf(system, { system: { deviceDrivers }, files: new FakeFiles({}) })("guest-get-devices", {}, { log });
}

describe("guest-get-devices", () => {
  it("tells drivers as the interface has them, without what isn't known", async () => {
    const drivers: DeviceDriver[] = [
      { name: "Red Hat VirtIO Ethernet Adapter", date: 1_150_848_000_000_000_000n, version: "1.2", id: { vendor: 0x1af4, device: 0x1041 } },
      { name: "PCI bus" },
    ];
    expect(await asked(async () => drivers)).toStrictEqual([
      {
        "driver-name": "Red Hat VirtIO Ethernet Adapter",
        "driver-date": 1_150_848_000_000_000_000n,
        "driver-version": "1.2",
        id: { type: "pci", "vendor-id": 6900, "device-id": 4161 },
      },
      { "driver-name": "PCI bus" },
    ]);
  });

  it("says in the log what is missing", async () => {
    const log = new RecordedLog();
    const leaving: SystemInformation["deviceDrivers"] = async (leftOut) => {
      leftOut("PCI\\X\\1: it has no driver");
      return [];
    };
    expect(await asked(leaving, log)).toEqual([]);
    expect(log.lines).toEqual(["debug: guest-get-devices: PCI\\X\\1: it has no driver"]);
  });

  it("says why there is no list", async () => {
    const denied = async () => Promise.reject(new OsError("EACCES", 5, "Access is denied.", "RegOpenKeyEx"));
    await expect(asked(denied)).rejects.toMatchObject({ code: "COMMAND_FAILED", message: "failed to list the devices: Access is denied." });
  });
});
