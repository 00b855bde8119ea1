import * as fs from "node:fs/promises";
import path from "node:path";
import { AgentClient } from "./agent-client.ts";
import { until } from "./deadline.ts";
import type { Machine } from "./machine.ts";

const MiB = 1024 * 1024;

/** Devices that are plugged in while the guest runs: neither its boot nor what suspends it has to do with them. */
export class PluggedDevices {
  private readonly machine: Machine;
  private readonly undo: (() => Promise<unknown>)[] = [];

  constructor(machine: Machine) {
    this.machine = machine;
  }

  /**
   * Makes a disk's content known to QEMU; a device with `drive: name` shows it to the guest.
   * @param content a file, or a size in MiB of a new, empty one in the machine's folder.
   */
  async drive(name: string, content: string | number): Promise<void> {
    const filename = typeof content === "string" ? content : path.join(this.machine.disks.folder, `${name}.img`);
    if (typeof content === "number") {
      await fs.writeFile(filename, "");
      await fs.truncate(filename, content * MiB);
    }
    await this.machine.qmp.execute("blockdev-add", { driver: "raw", "node-name": name, file: { driver: "file", filename } });
    this.undo.push(() => this.machine.qmp.execute("blockdev-del", { "node-name": name }));
  }

  /** @param properties of the device, as `-device` has them. Without an `id` it is named after its drive or driver. */
  async device(driver: string, properties: Readonly<Record<string, unknown>> = {}): Promise<void> {
    const { qmp } = this.machine;
    const device = { driver, id: `a-${properties.drive ?? driver}`, ...properties };
    await qmp.execute("device_add", device);
    this.undo.push(async () => {
      await qmp.execute("device_del", { id: device.id });
      // the guest has to let go of it first
      await qmp.event("DEVICE_DELETED", 60_000, ({ data }) => data?.device === device.id);
    });
  }

  /** Memory that the guest sees but does not use yet: it is offline. */
  async memory(name: string, megabytes: number): Promise<void> {
    const { qmp } = this.machine;
    await qmp.execute("object-add", { "qom-type": "memory-backend-ram", id: `${name}-ram`, size: megabytes * MiB });
    this.undo.push(() => qmp.execute("object-del", { id: `${name}-ram` }));
    await this.device("pc-dimm", { id: name, memdev: `${name}-ram` });
  }

  /** A further port for an agent, in the guest /dev/virtio-ports/NAME. @returns what connects a client to it. */
  async port(name: string): Promise<() => Promise<AgentClient>> {
    const { qmp } = this.machine;
    const socket = path.join(this.machine.disks.folder, `${name}.sock`);
    const backend = { type: "socket", data: { addr: { type: "unix", data: { path: socket } }, server: true, wait: false } };
    await qmp.execute("chardev-add", { id: name, backend });
    this.undo.push(() => qmp.execute("chardev-remove", { id: name }));
    await this.device("virtserialport", { id: `${name}-port`, chardev: name, name });
    await this.appeared(`/dev/virtio-ports/${name}`);
    return () => AgentClient.connect(socket);
  }

  /** Waits until the guest has made all of these files. */
  async appeared(...files: readonly string[]): Promise<void> {
    const command = files.map((file) => `[ -e ${file} ]`).join(" && ");
    await until(60_000, `the guest to make ${files.join(", ")}`, async () =>
      (await this.machine.shell.run(command)).status === 0 ? true : undefined,
    );
  }

  /** Unplugs everything, the last one first. */
  async unplug(): Promise<void> {
    for (let step = this.undo.pop(); step !== undefined; step = this.undo.pop()) await step();
  }
}
