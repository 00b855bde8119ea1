/** `isa-serial`: a serial line, set to raw bytes at 38400 baud. */
import type { Devices, Transport } from "../../core/plugin.ts";
import { listenOnPort } from "../device/port.ts";
import { onWindows } from "../virtio-serial/windows.ts";

const PATHS: Partial<Record<NodeJS.Platform, string>> = { win32: "COM1", darwin: "/dev/cu.serial1" };

export const isaSerial = (devices: Devices): Transport => ({
  name: "isa-serial",
  summary: "a serial line",
  defaultPath: PATHS[process.platform] ?? "/dev/ttyS0",
  listen: (settings, log, signal) =>
    listenOnPort(
      { prepare: (fd) => devices.makeRaw(fd), hangsUp: true, ...(process.platform === "win32" && onWindows) },
      devices,
      settings,
      log,
      signal,
    ),
});
