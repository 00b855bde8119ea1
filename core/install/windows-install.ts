/** `lodger install` on Windows: from what was asked for to what is there. */
import { win32 } from "node:path";
import { StartError } from "../config/start-error.ts";
import { PLACES } from "../os/places.ts";
import { makeProtectedFolder } from "../os/windows/protected-folder.ts";
import {
  changeService,
  createService,
  findService,
  type ServiceNow,
  setStart,
  startService,
  stopService,
} from "../os/windows/service-manager.ts";
import { AUTOMATIC, DISABLED } from "../os/windows/service-settings.ts";
import { readTrusted } from "../trusted-file.ts";
import { LODGER_VERSION } from "../version.ts";
import type { Recorded } from "./record.ts";
import { isUnchanged, type Step, stepsOf } from "./steps.ts";
import { checkPlace, looking, put, takeAway } from "./windows-files.ts";
import {
  DESCRIPTION,
  isSamePath,
  OTHER,
  REASON,
  SERVICE,
  SERVICE_WORD,
  SHOWN,
  serviceCommand,
  type WindowsCall,
  windowsEntries,
} from "./windows-plan.ts";
import { readWindowsRecord, type TakenOver, type WindowsRecord, writeWindowsRecord } from "./windows-record.ts";

/** All that an installation does, before any of it is done. */
export interface WindowsInstallation {
  readonly steps: readonly Step[];
  /** Of an earlier installation, and not of this one. */
  readonly obsolete: readonly Recorded[];
  /** Gives way now. */
  readonly other: TakenOver | undefined;
  readonly service: "create" | "change" | "nothing";
  readonly command: string;
  /** Has to end first, for its executable is replaced or it is to run another way. */
  readonly stop: boolean;
  readonly start: boolean;
  readonly record: WindowsRecord;
}

/**
 * @param self the executable that runs.
 * @throws StartError or Untrusted if it can't be done. @throws OsError
 */
export function prepareWindowsInstall(call: WindowsCall, self: string): WindowsInstallation {
  const before = readWindowsRecord();
  const wanted = win32.join(call.folder, "lodger.exe");
  const program = before !== undefined && isSamePath(before.program, wanted) ? before.program : wanted;
  const entries = windowsEntries(program, isSamePath(program, self) ? undefined : self);
  for (const { path } of entries) checkPlace(path);
  const parent = win32.dirname(call.folder);
  if (!looking.hasFolder(parent)) throw new StartError(`--prefix ${call.folder}: there is no folder ${parent}: make it first`);
  const steps = stepsOf(looking, entries, before?.files ?? []);
  const blocked = steps.filter(({ does }) => does === "blocked").map(({ entry }) => entry.path);
  if (blocked.length > 0) {
    throw new StartError(blocked.map((path) => `${path}: this is there already, and lodger install has not put it there: move it away`));
  }
  const kept = isSamePath(program, self) ? (before?.files.filter(({ path }) => isSamePath(path, program)) ?? []) : [];
  const files = [...steps.flatMap(({ recorded }) => recorded ?? []), ...kept];
  const now = new Set([program, ...entries.map(({ path }) => path)].map((path) => path.toLowerCase()));
  const left = before?.files.filter(({ path }) => !now.has(path.toLowerCase())) ?? [];
  // The state folder is named, whatever a service's environment says of where it is: Wine's says something else.
  const command = serviceCommand([program], [...call.channel, "-t", PLACES.state]);
  const running = findService(SERVICE);
  const service = running === undefined ? "create" : isAsWanted(running, command) ? "nothing" : "change";
  const other = otherService(call);
  const stop =
    running?.runs === true && (service === "change" || steps.some(({ entry, does }) => entry.kind === "program" && does === "write"));
  return {
    steps,
    obsolete: left.filter(({ kind }) => kind !== "folder"),
    other,
    service,
    command,
    stop,
    start: stop || running?.runs !== true,
    record: {
      version: LODGER_VERSION,
      program,
      files: [...left.filter(({ kind }) => kind === "folder"), ...files],
      takenOver: other?.start === DISABLED ? (before?.takenOver ?? other) : (other ?? before?.takenOver),
    },
  };
}

/** @param say takes a line for whoever installs. @throws StartError, Untrusted, OsError; what was written by then is recorded. */
export async function carryOutOnWindows(installation: WindowsInstallation, say: (line: string) => void): Promise<void> {
  const { steps, obsolete, other, service, command, stop, start, record } = installation;
  if (stop) await stopService(SERVICE);
  for (const { entry, does } of steps) {
    if (entry.kind !== "folder" || does !== "write") continue;
    makeProtectedFolder(entry.path, entry.mode === 0o700 ? "administrators" : "everybody");
    say(`made    ${entry.path}`);
  }
  for (const { entry } of steps) checkPlace(entry.path);
  // Before anything else is there: what an interruption leaves behind can be uninstalled.
  await writeWindowsRecord(record);
  if (other !== undefined) {
    setStart(other.name, DISABLED);
    if (other.ran) await stopService(other.name);
    say(`stopped the service ${other.name}, which doesn't start any more`);
  }
  for (const recorded of obsolete) {
    if (isUnchanged(looking, recorded)) await takeAway(recorded.path);
    else if (looking.status(recorded.path) !== undefined) say(`kept    ${recorded.path}, which has changed since it was installed`);
  }
  for (const { entry, does } of steps) {
    if (does === "keep") say(`kept    ${entry.path}, which is yours`);
    if (does !== "write" || entry.kind === "folder" || entry.kind === "link") continue;
    await put(entry.path, entry.kind === "file" ? entry.text : { copyOf: entry.source });
    checkPlace(entry.path);
    say(`written ${entry.path}`);
  }
  const entry = { name: SERVICE, shown: SHOWN, description: DESCRIPTION, command };
  if (service === "create") createService(entry);
  if (service === "change") changeService(entry);
  if (service !== "nothing") say(`service ${SERVICE}: ${command}`);
  if (start) await started(command);
}

async function started(command: string): Promise<void> {
  await startService(SERVICE);
  const now = findService(SERVICE);
  if (now?.runs === true) return;
  const reasonFile = win32.join(PLACES.state, REASON);
  const byHand = command.replace(` ${SERVICE_WORD}`, "");
  const reason =
    looking.status(reasonFile) === undefined
      ? `status ${now?.status}; see why with: ${byHand}`
      : readTrusted(reasonFile).bytes.toString().trim();
  throw new StartError(`the service ${SERVICE} is there, and ended when it was started: ${reason}; then give the same command again`);
}

function isAsWanted({ start, command }: ServiceNow, wanted: string): boolean {
  return start === AUTOMATIC && command === wanted;
}

/** @returns who gives way now. @throws StartError if that is not asked for. */
function otherService({ takeOver, isUsualPort }: WindowsCall): TakenOver | undefined {
  const found = findService(OTHER);
  if (found === undefined || (found.start === DISABLED && !found.runs)) return undefined;
  if (takeOver) return { name: OTHER, start: found.start, ran: found.runs };
  if (!isUsualPort) return undefined;
  throw new StartError(
    `the service ${OTHER} serves this port: 'lodger install --take-over' hands it to lodger, and 'lodger uninstall' gives it back; or remove that program`,
  );
}
