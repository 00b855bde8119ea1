/** `virtio-serial`: a port of a virtio-serial bus, which the host opens and closes as it likes. */
import type { Devices, Transport } from "../../core/plugin.ts";
import { listenOnPort } from "../device/port.ts";
import { onWindows } from "./windows.ts";

/** The name of the port is the same everywhere; where it appears is not. */
const PATHS: Partial<Record<NodeJS.Platform, string>> = {
  win32: "\\\\.\\Global\\org.qemu.guest_agent.0",
  darwin: "/dev/cu.org.qemu.guest_agent.0",
};

export const virtioSerial = (devices: Devices): Transport => ({
  name: "virtio-serial",
  summary: "a port of a virtio-serial bus",
  defaultPath: PATHS[process.platform] ?? "/dev/virtio-ports/org.qemu.guest_agent.0",
  listen: (settings, log, signal) =>
    listenOnPort({ hangsUp: false, ...(process.platform === "win32" && onWindows) }, devices, settings, log, signal),
});
