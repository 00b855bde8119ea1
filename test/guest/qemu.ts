/** What every machine's QEMU is told: nothing but what is named, and the ways from outside. */
import path from "node:path";

export const portDevice = "agentport";

export const nothingElse: readonly string[] = ["-nodefaults", "-no-user-config", "-display", "none"];

/** @param interfaceOptions what it hangs on. */
export function drive(file: string, interfaceOptions: string): string[] {
  // unsafe: a test's disk need not survive the host's power failure
  return ["-drive", `file=${file},format=raw,${interfaceOptions},cache=unsafe,discard=unmap`];
}

/** The console's log, the sockets of agent and QMP with the agent's port, and a character device `shell` for a serial line of the board's. */
export function channels(folder: string): string[] {
  const file = (name: string) => path.join(folder, name);
  const socket = (id: string, name: string) => ["-chardev", `socket,id=${id},path=${file(name)},server=on,wait=off`];
  return [
    // no boot ROM: neither the package that has it nor its time is needed
    ...["-netdev", "user,id=net,restrict=on,ipv6=off", "-device", "virtio-net-pci,netdev=net,mac=52:54:00:00:00:01,romfile="],
    ...["-device", "virtio-rng-pci"],
    ...["-chardev", `file,id=console,path=${file("console.log")},append=on`, "-serial", "chardev:console"],
    ...socket("shell", "shell.sock"),
    ...["-device", "virtio-serial-pci", ...socket("agent", "agent.sock")],
    // without an id of its own QEMU sends no VSERPORT_CHANGE events for it
    ...["-device", `virtserialport,chardev=agent,name=org.qemu.guest_agent.0,id=${portDevice}`],
    ...[...socket("qmp", "qmp.sock"), "-mon", "chardev=qmp,mode=control"],
  ];
}
