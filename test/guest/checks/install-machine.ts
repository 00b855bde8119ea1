/** A machine of its own for the installation: its image has no agent but qemu-ga, and what `lodger install --root` has put into it. */
import * as fs from "node:fs/promises";
import path from "node:path";
import { until } from "../deadline.ts";
import { copyDisks, type Disks } from "../disks.ts";
import { Machine } from "../machine.ts";
import { run } from "../process.ts";
import { portDevice } from "../qemu.ts";
import { executable, repository } from "../requirements.ts";

/** Where the guest has what is to be installed. */
export const download = "/root/download/lodger";
export const debPackage = "/root/download/lodger.deb";
export const port = "/dev/virtio-ports/org.qemu.guest_agent.0";

/** What the image has of its own to run the agent under test, and what it does to qemu-ga. */
const imagesOwn = [
  "etc/systemd/system/lodger.service",
  "etc/systemd/system/multi-user.target.wants/lodger.service",
  "etc/systemd/system/qemu-guest-agent.service",
  "etc/udev/rules.d/60-guest-agent-port.rules",
  "usr/local/sbin/lodger",
];

export interface InstalledMachine {
  readonly machine: Machine;
  /** What the installation into the mounted image said. */
  readonly said: string;
  dispose(): Promise<void>;
}

export async function installedMachine(): Promise<InstalledMachine> {
  const disks = await copyDisks(executable);
  try {
    const said = await prepared(disks);
    const machine = await Machine.boot(disks);
    return {
      machine,
      said,
      dispose: async () => {
        await machine.dispose();
        await disks.remove();
      },
    };
  } catch (error) {
    await disks.remove();
    throw error;
  }
}

async function prepared(disks: Disks): Promise<string> {
  const root = path.join(disks.folder, "root");
  const packages = path.join(disks.folder, "packages");
  const script = path.join(repository, "packaging/package.ts");
  const options = ["--deb", "--fast", "--executable", executable, "--output", packages];
  await run(process.execPath, ["--disable-warning=ExperimentalWarning", script, ...options]);
  const [name = ""] = await fs.readdir(packages);
  await fs.mkdir(root);
  await run("mount", ["-o", "loop", disks.root, root]);
  try {
    for (const file of imagesOwn) await fs.rm(path.join(root, file));
    await fs.mkdir(path.join(root, path.dirname(download)));
    await fs.copyFile(executable, path.join(root, download));
    await fs.chmod(path.join(root, download), 0o755);
    await fs.copyFile(path.join(packages, name), path.join(root, debPackage));
    return await run(executable, ["install", "--root", root, "--take-over"]);
  } finally {
    await run("umount", [root]);
  }
}

/** The port is taken out of the machine. */
export async function unplugPort(machine: Machine): Promise<void> {
  await machine.qmp.execute("device_del", { id: portDevice });
  await until(20_000, "the port to vanish from the guest", async () =>
    (await machine.shell.run(`test -e ${port}`)).status === 0 ? undefined : true,
  );
}

export async function plugPort(machine: Machine): Promise<void> {
  await machine.qmp.execute("device_add", { driver: "virtserialport", id: portDevice, chardev: "agent", name: path.basename(port) });
}
