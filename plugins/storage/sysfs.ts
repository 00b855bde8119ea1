/** The small files in which the kernel and udev describe block devices. */
import { type Files, OsError } from "../../core/plugin.ts";

/** What is missing, or of a device that has just gone, is no failure: the answer does without. */
export async function unlessOsError<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (error instanceof OsError) return undefined;
    throw error;
  }
}

/** The names in a folder, in the system's order; none if it isn't there. */
export async function namesIn(files: Files, folder: string): Promise<readonly string[]> {
  return (await unlessOsError(files.list(folder))) ?? [];
}

/** A block device, whole or a partition. */
export interface BlockDevice {
  /** Its folder in /sys/devices, with no link in it. */
  readonly folder: string;
  /** For instance "/dev/sda1"; undefined for what has no node, as each path of an NVMe with several. */
  readonly node: string | undefined;
  /** As udev made it of maker, model and number; undefined where it found none, or doesn't run. */
  readonly serial: string | undefined;
}

/** @param folder of the device in /sys/devices. */
export async function readBlockDevice(files: Files, folder: string): Promise<BlockDevice> {
  const event = await readEvent(files, folder);
  return { folder, node: nodeIn(event), serial: await udevSerial(files, event.get("MAJOR"), event.get("MINOR")) };
}

/** The `node` of `readBlockDevice` alone. */
export async function readNode(files: Files, folder: string): Promise<string | undefined> {
  return nodeIn(await readEvent(files, folder));
}

type Variables = ReadonlyMap<string, string>;

async function readEvent(files: Files, folder: string): Promise<Variables> {
  return variables((await unlessOsError(files.readText(`${folder}/uevent`))) ?? "", "");
}

function nodeIn(event: Variables): string | undefined {
  const name = event.get("DEVNAME");
  return name === undefined ? undefined : `/dev/${name}`;
}

async function udevSerial(files: Files, major: string | undefined, minor: string | undefined): Promise<string | undefined> {
  if (major === undefined || minor === undefined) return undefined;
  const record = await unlessOsError(files.readText(`/run/udev/data/b${major}:${minor}`));
  return record === undefined ? undefined : variables(record, "E:").get("ID_SERIAL");
}

/** Lines "PREFIX NAME=VALUE"; others are passed over. */
function variables(text: string, prefix: string): Variables {
  const found = new Map<string, string>();
  for (const line of text.split("\n")) {
    const equals = line.indexOf("=");
    if (line.startsWith(prefix) && equals > 0) found.set(line.slice(prefix.length, equals), line.slice(equals + 1));
  }
  return found;
}
