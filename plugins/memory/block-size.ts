/** How large a block of memory is. */
import { type Files, failed, type Int64Value, OsError } from "../../core/plugin.ts";
import { FOLDER, sysfsFailure } from "./blocks.ts";

const NAME = "block_size_bytes";

/** @throws CommandError if the kernel doesn't tell. */
export async function blockSize(files: Files): Promise<{ size: Int64Value }> {
  let text: string;
  try {
    text = await files.readText(`${FOLDER}/${NAME}`);
  } catch (error) {
    if (error instanceof OsError) throw sysfsFailure(error, NAME);
    throw error;
  }
  const [, digits] = /^\s*(?:0x)?([0-9a-f]{1,16})\s*$/.exec(text) ?? [];
  if (digits === undefined) throw failed(`sysfs file "${NAME}" has no hexadecimal number`);
  const size = BigInt(`0x${digits}`);
  return { size: size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : size };
}
