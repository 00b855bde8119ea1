/** The processors that the kernel knows, and taking them online and offline, by /sys/devices/system/cpu. */
import { type CommandError, type Files, failed, type Int64Value, type Log, OsError, type SystemInformation } from "../../core/plugin.ts";

const FOLDER = "/sys/devices/system/cpu";

export interface Processor {
  readonly "logical-id": Int64Value;
  readonly online: boolean;
  readonly "can-offline"?: boolean;
}

/**
 * @returns all processors by their numbers.
 * @throws CommandError if the kernel doesn't tell.
 */
export async function listProcessors(files: Files, system: Pick<SystemInformation, "processors">): Promise<Processor[]> {
  const count = system.processors?.();
  if (count !== undefined) return Array.from({ length: count }, (_, id) => ({ "logical-id": id, online: true, "can-offline": false }));
  const processors: Processor[] = [];
  for (const id of await processorIds(files)) {
    const online = await readOnline(files, id);
    if (online !== "no such processor") processors.push(describe(id, online));
  }
  return processors;
}

async function processorIds(files: Files): Promise<number[]> {
  let names: string[];
  try {
    names = await files.list(FOLDER);
  } catch (error) {
    throw explained(error, (reason) => `failed to list entries: ${FOLDER}: ${reason}`);
  }
  const ids = names.flatMap((name) => /^cpu(0|[1-9]\d{0,8})$/.exec(name)?.[1] ?? []);
  return ids.map(Number).sort((a, b) => a - b);
}

function describe(id: number, online: boolean | "always"): Processor {
  return { "logical-id": id, online: online !== false, "can-offline": online !== "always" };
}

/**
 * Does what the list says, in its order, up to the first item that fails.
 * @returns how many items were done.
 * @throws CommandError if already the first failed.
 */
export async function setProcessors(files: Files, wanted: readonly Processor[], log: Log): Promise<number> {
  for (const [index, item] of wanted.entries()) {
    try {
      await setProcessor(files, item);
    } catch (error) {
      if (index === 0 || !(error instanceof Error)) throw error;
      log.warning(`guest-set-vcpus: ${index} of ${wanted.length} done: ${error.message}`);
      return index;
    }
  }
  return wanted.length;
}

async function setProcessor(files: Files, { "logical-id": id, online }: Processor): Promise<void> {
  const now = await readOnline(files, id);
  if (now === "no such processor") throw failed(`open("${folderOf(id)}"): No such file or directory`);
  if (now === "always") {
    if (!online) throw failed(`logical processor #${id} can't be offlined`);
    return;
  }
  if (now === online) return;
  const path = switchOf(id);
  try {
    await files.writeText(path, online ? "1" : "0");
  } catch (error) {
    throw explained(error, (reason, call) => `${call === "open" ? "open" : "pwrite"}("${path}"): ${reason}`);
  }
}

/** @returns "always" for a processor that has no switch: it is online, and stays so. */
async function readOnline(files: Files, id: Int64Value): Promise<boolean | "always" | "no such processor"> {
  const path = switchOf(id);
  let text: string;
  try {
    text = await files.readText(path);
  } catch (error) {
    if (error instanceof OsError && error.code === "ENOENT") return (await exists(files, folderOf(id))) ? "always" : "no such processor";
    throw explained(error, (reason, call) => `${call === "open" ? "open" : "pread"}("${path}"): ${reason}`);
  }
  if (text === "") throw failed(`pread("${path}"): unexpected EOF`);
  return !text.startsWith("0");
}

async function exists(files: Files, folder: string): Promise<boolean> {
  try {
    await files.realPath(folder);
    return true;
  } catch (error) {
    if (error instanceof OsError && ["ENOENT", "ENOTDIR"].includes(error.code)) return false;
    throw error;
  }
}

/** With its slash, so that error texts name it as qemu-ga's do; hence two of them in the path of the switch. */
function folderOf(id: Int64Value): string {
  return `${FOLDER}/cpu${id}/`;
}

function switchOf(id: Int64Value): string {
  return `${folderOf(id)}/online`;
}

/** What the system refused, in the client's words; anything else is a fault of the agent's and stays one. */
function explained(error: unknown, text: (reason: string, call: string) => string): CommandError | unknown {
  return error instanceof OsError ? failed(text(error.message, error.call)) : error;
}
