/** What an installation has put where: the file by which `lodger uninstall` knows what is its own. */
import { StartError } from "../config/start-error.ts";
import { STATE_FOLDER } from "./contents.ts";
import type { Channel, ServiceName } from "./plan.ts";
import { SERVICES } from "./plan.ts";
import type { Rooted } from "./rooted.ts";

export const RECORD = `${STATE_FOLDER}/install.json`;

export type Recorded =
  | { readonly kind: "file"; readonly path: string; readonly sha256: string }
  | { readonly kind: "link"; readonly path: string; readonly target: string }
  | { readonly kind: "folder"; readonly path: string };

export interface InstallRecord {
  readonly version: string;
  readonly service: ServiceName;
  readonly program: string;
  readonly channel: Channel;
  /** In the order in which they were made. */
  readonly files: readonly Recorded[];
  readonly takenOver: readonly TakenOver[];
}

/** Another agent that has given way. */
export interface TakenOver {
  readonly name: string;
  /** It ran: it is started again. */
  readonly ran: boolean;
  /** Links that were taken away. */
  readonly links: readonly { readonly path: string; readonly target: string }[];
}

/** @returns undefined where there is none. @throws StartError if it can't be read. */
export function readRecord(root: Rooted): InstallRecord | undefined {
  const status = root.status(RECORD);
  if (status === undefined) return undefined;
  const file = root.locate(RECORD);
  const isTrusted = status.isFile() && (status.uid === 0 || status.uid === process.geteuid?.()) && (status.mode & 0o022) === 0;
  if (!isTrusted)
    throw new StartError(`${file}: others could have written this: look at what it says, and 'chown root ${file} && chmod 0600 ${file}'`);
  try {
    return checked(JSON.parse(root.read(RECORD).toString()));
  } catch (error) {
    throw new StartError(`${file}: this is no record of an installation: ${(error as Error).message}; move it away`, { cause: error });
  }
}

export function writeRecord(root: Rooted, record: InstallRecord): void {
  root.write(RECORD, `${JSON.stringify(record, undefined, 2)}\n`, 0o600);
}

function checked(value: unknown): InstallRecord {
  const record = value as InstallRecord;
  if (!SERVICES.includes(record.service)) throw new Error(`it knows a service manager '${record.service}'`);
  const places = [...record.files, ...record.takenOver.flatMap(({ links }) => links)].map(({ path }) => path);
  const wrong = places.find((path) => typeof path !== "string" || !path.startsWith("/") || path.split("/").includes(".."));
  if (wrong !== undefined) throw new Error(`it names the file '${wrong}'`);
  return record;
}
