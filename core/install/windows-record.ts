/** What an installation on Windows has put where. */
import { win32 } from "node:path";
import { StartError } from "../config/start-error.ts";
import { readTrusted } from "../trusted-file.ts";
import type { Recorded } from "./record.ts";
import { looking, put } from "./windows-files.ts";
import { RECORD } from "./windows-plan.ts";

export interface WindowsRecord {
  readonly version: string;
  readonly program: string;
  /** In the order in which they were made. */
  readonly files: readonly Recorded[];
  readonly takenOver: TakenOver | undefined;
}

/** Another agent's service that has given way. */
export interface TakenOver {
  readonly name: string;
  /** When it started: as in ServiceSettings. */
  readonly start: number;
  /** It ran: it is started again. */
  readonly ran: boolean;
}

/** @returns undefined where there is none. @throws StartError, Untrusted */
export function readWindowsRecord(): WindowsRecord | undefined {
  if (looking.status(RECORD) === undefined) return undefined;
  try {
    return checked(JSON.parse(readTrusted(RECORD).bytes.toString()));
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
    throw new StartError(`${RECORD}: this is no record of an installation: ${error.message}; move it away`, { cause: error });
  }
}

export async function writeWindowsRecord(record: WindowsRecord): Promise<void> {
  await put(RECORD, `${JSON.stringify(record, undefined, 2)}\n`);
}

function checked(value: unknown): WindowsRecord {
  const record = value as WindowsRecord;
  const wrong = [record.program, ...record.files.map(({ path }) => path)].find(
    (path) => typeof path !== "string" || !win32.isAbsolute(path) || win32.normalize(path) !== path,
  );
  if (wrong !== undefined) throw new TypeError(`it names the file '${wrong}'`);
  return record;
}
