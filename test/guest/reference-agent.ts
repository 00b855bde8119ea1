import path from "node:path";
import { type Reference, references } from "../differential/reference.ts";
import type { AgentClient } from "./agent-client.ts";
import type { Machine } from "./machine.ts";
import { PluggedDevices } from "./plugged-devices.ts";
import { run } from "./process.ts";

const folder = "/run/reference";
const unit = "reference-agent";

/** qemu-ga as a second agent of the guest, beside ours, on a port of its own. */
export interface ReferenceAgent {
  readonly version: string;
  /** Connected and in sync. */
  readonly client: AgentClient;
  stop(): Promise<void>;
}

/** Starts the qemu-ga that ours is to be most like, which is newer than the guest's, with its own loader and libraries. */
export async function startReference(machine: Machine): Promise<ReferenceAgent> {
  const { found, missing } = await references();
  const current = found.find(({ generation }) => generation === "current");
  if (current === undefined) throw new Error(`nothing to compare with: ${missing.join("; ")}`);

  const devices = new PluggedDevices(machine);
  const { shell } = machine;
  // /run itself is mounted noexec
  await shell.out(`mkdir -p ${folder}; mount -t tmpfs tmpfs ${folder}`);
  try {
    const program = await unpack(machine, current);
    const connect = await devices.port("reference");
    const options = `-m virtio-serial -p /dev/virtio-ports/reference -t ${folder}`;
    await shell.out(`systemd-run --quiet --collect --unit=${unit} ${program} ${options}`);
    const client = await connect();
    await client.sync();
    const { version } = (await client.call("guest-info")) as { version: string };
    return {
      version,
      client,
      stop: async () => {
        client.close();
        await shell.out(`systemctl stop ${unit}; umount ${folder}; rmdir ${folder}`);
        await devices.unplug();
      },
    };
  } catch (error) {
    await shell.run(`systemctl stop ${unit}; umount ${folder}`);
    await devices.unplug();
    throw error;
  }
}

/** Brings the program and what it loads into the guest, as an archive on a disk of its own. @returns its command line in there. */
async function unpack(machine: Machine, { command }: Reference): Promise<string> {
  const [loader = "", ...rest] = command;
  const program = rest.at(-1) ?? "";
  const listing = await run(loader, [...rest.slice(0, -1), "--list", program]);
  const libraries = [...listing.matchAll(/=> (\S+)/g)].flatMap(([, file]) => file ?? []);
  const archive = path.join(machine.disks.folder, "reference.tar");
  const files = [...new Set([loader, program, ...libraries])];
  await run("tar", ["-chf", archive, "-P", "--transform=s|.*/||", ...files]);

  const devices = new PluggedDevices(machine);
  await devices.drive("archive", archive);
  await devices.device("virtio-blk-pci", { drive: "archive", serial: "archive" });
  await devices.appeared("/dev/disk/by-id/virtio-archive");
  await machine.shell.out(`tar -xf /dev/disk/by-id/virtio-archive -C ${folder}`);
  await devices.unplug();
  return `${folder}/${path.basename(loader)} --library-path ${folder} ${folder}/${path.basename(program)}`;
}
