/** The file commands themselves, and the texts of their errors. */
import { type CommandContext, type Files, failed, type Int64Value, OsError, type Whence } from "../../core/plugin.ts";
import type { Handles } from "./handles.ts";
import { openFlags } from "./modes.ts";
import { OpenFile } from "./open-file.ts";

/** A read is answered whole, so it is bounded before anything is allocated. */
const READ_LIMIT = 48 * 1024 * 1024;

const WHENCE_BY_CODE: readonly Whence[] = ["set", "cur", "end"];

export async function openFile(files: Files, handles: Handles, path: string, mode: string, context: CommandContext): Promise<number> {
  const flags = openFlags(mode);
  const opener = () => OpenFile.open(files, path, flags, context.confinement("path"));
  return handles.add(() => explained(`open file '${path}' (mode: '${mode}')`, opener()), context);
}

export async function closeFile(handles: Handles, handle: Int64Value): Promise<void> {
  const file = handles.find(handle);
  // Removed first: a second close must not find it, and after close(2) the descriptor is gone even where it reports an error.
  handles.remove(handle);
  await explained("close handle", file.close());
}

export async function readFile(handles: Handles, handle: Int64Value, count: Int64Value, context: CommandContext) {
  const file = handles.find(handle);
  if (count < 0 || count > READ_LIMIT) throw invalidCount(count);
  const read = file.read(Number(count), (bytes) => context.scratch(bytes), context);
  const { bytes, eof } = await explained("read file", read);
  return { count: bytes.length, "buf-b64": bytes, eof };
}

export async function writeFile(handles: Handles, handle: Int64Value, bytes: Uint8Array, count: Int64Value, context: CommandContext) {
  const file = handles.find(handle);
  if (count < 0 || count > bytes.length) throw invalidCount(count);
  const length = Number(count);
  await explained("write to file", file.write(bytes.subarray(0, length), context));
  return { count: length, eof: false };
}

export async function seekFile(
  handles: Handles,
  handle: Int64Value,
  offset: Int64Value,
  whence: Int64Value | Whence,
  context: CommandContext,
) {
  const file = handles.find(handle);
  const from = typeof whence === "string" ? whence : WHENCE_BY_CODE[Number(whence)];
  if (from === undefined) throw failed(`invalid whence code ${whence}`);
  const position = await explained("seek file", file.seek(offset, from, context));
  return { position, eof: false };
}

export function flushFile(handles: Handles, handle: Int64Value): void {
  handles.find(handle);
}

function invalidCount(count: Int64Value): Error {
  return failed(`value '${count}' is invalid for argument count`);
}

/** Turns a failed system call into the answer "failed to ACTION: errno's text". */
async function explained<T>(action: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    if (error instanceof OsError) throw failed(`failed to ${action}: ${error.message}`);
    throw error;
  }
}
