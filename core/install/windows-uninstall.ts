/** `lodger uninstall` on Windows: takes away what `lodger install` has put there, and gives the port back. */
import { win32 } from "node:path";
import { StartError } from "../config/start-error.ts";
import { PLACES } from "../os/places.ts";
import { deleteService, findService, setStart, startService } from "../os/windows/service-manager.ts";
import { DISABLED } from "../os/windows/service-settings.ts";
import type { Recorded } from "./record.ts";
import { isUnchanged } from "./steps.ts";
import { looking, nativeParts, takeAway, takeFolderAway } from "./windows-files.ts";
import { REASON, RECORD, SERVICE } from "./windows-plan.ts";
import { readWindowsRecord, type TakenOver, type WindowsRecord, writeWindowsRecord } from "./windows-record.ts";

export interface WindowsRemoval {
  readonly record: WindowsRecord;
  /** The last that was made first. */
  readonly remove: readonly Recorded[];
  /** Changed since they were written. */
  readonly keep: readonly Recorded[];
  readonly hasService: boolean;
  /** Gets its port back. */
  readonly other: TakenOver | undefined;
}

/** What the agent writes there: the counter of file handles, and why it could not start. */
const OWN_STATE = ["qga.state", REASON].map((name) => win32.join(PLACES.state, name));

/** @throws StartError if there is nothing to take away. */
export function prepareWindowsUninstall(purge: boolean): WindowsRemoval {
  const record = readWindowsRecord();
  const hasService = findService(SERVICE) !== undefined;
  if (record === undefined) {
    const how = hasService
      ? `the service ${SERVICE} was made by hand: 'lodger --service uninstall' removes it`
      : "nothing has been installed";
    throw new StartError(`there is no ${RECORD}: ${how}`);
  }
  const there = record.files.toReversed().filter(({ path }) => looking.status(path) !== undefined);
  const remove = there.filter((each) => purge || each.kind === "folder" || isUnchanged(looking, each));
  const { takenOver } = record;
  const isStillOff = takenOver !== undefined && findService(takenOver.name)?.start === DISABLED;
  return { record, remove, keep: there.filter((each) => !remove.includes(each)), hasService, other: isStillOff ? takenOver : undefined };
}

/** @param say takes a line for whoever uninstalls. @throws StartError, OsError */
export async function carryOutWindowsRemoval({ record, remove, keep, other }: WindowsRemoval, say: (line: string) => void): Promise<void> {
  if (await deleteService(SERVICE)) say(`removed the service ${SERVICE}`);
  /** Folders with something in them that goes when Windows starts again. */
  const later = new Set<string>();
  const away = async (path: string) => {
    if (await takeAway(path)) return true;
    later.add(win32.dirname(path));
    return false;
  };
  const files = remove.filter(({ kind }) => kind !== "folder");
  for (const { path } of files) {
    say((await away(path)) ? `removed ${path}` : `removed ${path}, when Windows starts again: this is the program that runs`);
  }
  for (const { path, isFolder } of nativeParts(win32.dirname(record.program))) {
    if (!isFolder) await away(path);
    else if (takeFolderAway(path, later.has(path)) && later.has(path)) later.add(win32.dirname(path));
  }
  for (const { path } of keep) say(`kept    ${path}, which has changed since it was installed: --purge removes it too`);
  if (other !== undefined) {
    setStart(other.name, other.start);
    say(`the service ${other.name} starts again as it did`);
  }
  const folders = remove.filter(({ kind }) => kind === "folder");
  // A service that is given the port back may fail to start: what is recorded then is only what is left.
  if (keep.length === 0) {
    for (const path of [RECORD, ...OWN_STATE]) await takeAway(path);
  } else await writeWindowsRecord({ ...record, files: [...folders, ...keep].reverse(), takenOver: undefined });
  for (const { path } of folders) {
    if (takeFolderAway(path, later.has(path))) say(`removed ${path}${later.has(path) ? ", when Windows starts again" : ""}`);
    else say(`kept    ${path}, which has files that lodger install has not put there`);
  }
  if (other?.ran === true) await startService(other.name);
}
