/** `isa-serial`: a serial line, set to raw bytes at 38400 baud. */
import type { Devices, Transport } from "../../core/plugin.ts";
import { listenOnPort } from "../device/port.ts";

export const isaSerial = (devices: Devices): Transport => ({
  name: "isa-serial",
  summary: "a serial line",
  defaultPath: "/dev/ttyS0",
  listen: (settings, log, signal) => listenOnPort({ prepare: (fd) => devices.makeRaw(fd), hangsUp: true }, devices, settings, log, signal),
});
