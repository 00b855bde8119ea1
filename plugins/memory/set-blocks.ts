/** Taking blocks of memory online and offline. */
import { type Files, type Int64Value, OsError } from "../../core/plugin.ts";
import { type Block, FOLDER, isOnline } from "./blocks.ts";

export interface Outcome {
  readonly "phys-index": Int64Value;
  readonly response: "success" | "not-found" | "operation-not-supported" | "operation-failed";
  readonly "error-code"?: number;
}

/** One item after the other, whatever became of the ones before. */
export async function setBlocks(files: Files, wanted: readonly Block[]): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const block of wanted) outcomes.push({ "phys-index": block["phys-index"], ...(await setBlock(files, block)) });
  return outcomes;
}

async function setBlock(files: Files, { "phys-index": index, online }: Block): Promise<Omit<Outcome, "phys-index">> {
  const folder = `${FOLDER}/memory${index}`;
  let missing: Outcome["response"] = "not-found";
  try {
    await files.realPath(folder);
    // A block without a state is online, and stays so.
    missing = online ? "success" : "operation-not-supported";
    if (isOnline(await files.readText(`${folder}/state`)) !== online)
      await files.writeText(`${folder}/state`, online ? "online" : "offline");
    return { response: "success" };
  } catch (error) {
    if (!(error instanceof OsError)) throw error;
    const response = error.code === "ENOENT" ? missing : "operation-failed";
    return response === "success" ? { response } : { response, "error-code": error.errno };
  }
}
