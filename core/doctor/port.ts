/** Whether the channel is there by which the host reaches the agent. */
import { posix } from "node:path";
import { type Check, type Finding, notApplicable, ok, problem, type Subject, warning } from "./check.ts";
import type { Machine } from "./machine.ts";

const PORTS = "/sys/class/virtio-ports";
/** virtio-console's number. */
const CONSOLE = "0x0003";
const ADD_PORT =
  "add a channel named org.qemu.guest_agent.0 to the machine's definition (libvirt: <channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel>; Proxmox: 'qm set ID --agent 1'), and power it off and on";

export const portCheck: Check = {
  name: "port",
  on: ["linux"],
  look: ({ machine, settings: { method, path } }: Subject): readonly Finding[] => {
    switch (method) {
      case "virtio-serial":
      case "isa-serial":
        return [device(machine, method, path)];
      case "unix-listen":
        return [folder(machine, posix.dirname(path))];
      case "vsock-listen":
        return [
          machine.status("/dev/vsock") === undefined
            ? problem(
                "there is no /dev/vsock",
                "add a vsock device to the machine's definition; then 'modprobe vmw_vsock_virtio_transport'",
              )
            : ok("/dev/vsock is there"),
        ];
      default:
        return [notApplicable(`the method ${method} has no port`)];
    }
  },
};

function device(machine: Machine, method: string, path: string): Finding {
  const status = machine.status(path);
  if (status === undefined)
    return method === "virtio-serial" ? missing(machine, path) : problem(`there is no ${path}`, "name another with --path");
  if (status.kind !== "device") return problem(`${path} is no character device`, "name the port's device with --path");
  const real = machine.real(path) ?? path;
  const shown = real === path ? path : `${path} leads to ${real}`;
  if ((status.mode & 0o006) !== 0)
    return warning(
      `${shown}, and every user may open it (mode ${octal(status.mode)})`,
      `any user can take the port away from the agent: 'chmod 0600 ${real}', and look for the udev rule that allows it`,
    );
  return ok(`${shown}, mode ${octal(status.mode)}`);
}

function missing(machine: Machine, path: string): Finding {
  const name = posix.basename(path);
  const ports = machine.list(PORTS).map((port) => ({ port, name: machine.read(`${PORTS}/${port}/name`)?.trim() ?? "" }));
  const same = ports.find((each) => each.name === name);
  if (same)
    return problem(
      `there is no ${path}, but the port is there as /dev/${same.port}: udev has not made the link`,
      `'udevadm trigger --action=add --subsystem-match=virtio-ports', or without udev --path=/dev/${same.port}`,
    );
  const named = ports.filter((each) => each.name !== "").map((each) => `'${each.name}'`);
  if (named.length > 0)
    return problem(`no port is named '${name}'; the machine has ${named.join(", ")}`, `name one of them with --path, or: ${ADD_PORT}`);
  const devices = machine
    .list("/sys/bus/virtio/devices")
    .filter((each) => machine.read(`/sys/bus/virtio/devices/${each}/device`)?.trim() === CONSOLE);
  if (devices.length > 0 && machine.list("/sys/bus/virtio/drivers/virtio_console").length === 0)
    return problem(
      "the machine has a virtio-serial device, and the kernel no driver for it",
      "'modprobe virtio_console'; if that fails, install the kernel's package with all modules",
    );
  return problem(
    devices.length > 0 ? "the machine has a virtio-serial device without a port" : "the machine has no virtio-serial device",
    ADD_PORT,
  );
}

function folder(machine: Machine, path: string): Finding {
  const status = machine.status(path);
  if (status?.kind !== "folder")
    return problem(`there is no folder ${path} for the agent's socket`, `'mkdir -p ${path}', or name another with --path`);
  return (status.mode & 0o002) !== 0 && (status.mode & 0o1000) === 0
    ? warning(`every user may replace the agent's socket in ${path}`, `'chmod o-w ${path}', or name another with --path`)
    : ok(`the folder ${path} of the agent's socket is there`);
}

const octal = (mode: number): string => `0${(mode & 0o777).toString(8)}`;
