import * as fs from "node:fs/promises";
import path from "node:path";

/** Lies in a machine's folder while its QEMU runs. */
export const pidFile = "qemu.pid";

/** The cache is outside the repository: images are the same for every checkout, and big. */
export function cacheFolder(): string {
  return process.env.LODGER_GUEST_CACHE ?? "/var/cache/lodger/guest";
}

/** A folder for this process's work. Folders of processes that were killed and could not clean up are removed by the way. */
export async function makeWorkFolder(): Promise<string> {
  const parent = path.join(cacheFolder(), "work");
  await fs.mkdir(parent, { recursive: true });
  for (const name of await fs.readdir(parent)) {
    const owner = Number.parseInt(name, 10);
    if (!Number.isNaN(owner) && !isRunning(owner)) await removeLeftOver(path.join(parent, name));
  }
  return await fs.mkdtemp(path.join(parent, `${process.pid}-`));
}

async function removeLeftOver(folder: string): Promise<void> {
  const qemu = Number(await fs.readFile(path.join(folder, pidFile), "utf8").catch(() => ""));
  // the number may be another process's by now: only one that has this folder's disks is ours
  const commandLine = qemu > 0 ? await fs.readFile(`/proc/${qemu}/cmdline`, "utf8").catch(() => "") : "";
  if (commandLine.includes(folder)) process.kill(qemu, "SIGKILL");
  await fs.rm(folder, { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
