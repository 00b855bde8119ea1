/** `lodger uninstall`: takes away what `lodger install` has put there, and gives the channel back. */
import { StartError } from "../config/start-error.ts";
import type { UninstallCall } from "./call.ts";
import { STATE_FOLDER } from "./contents.ts";
import type { Command } from "./plan.ts";
import { type InstallRecord, RECORD, type Recorded, readRecord, type TakenOver, writeRecord } from "./record.ts";
import { services } from "./services.ts";
import { isUnchanged } from "./steps.ts";
import type { TargetSystem } from "./system.ts";

export interface Removal {
  readonly record: InstallRecord;
  /** The last that was made first. */
  readonly remove: readonly Recorded[];
  /** Changed since they were written. */
  readonly keep: readonly Recorded[];
  readonly stop: readonly Command[];
  readonly restored: TakenOver["links"];
  readonly forget: readonly Command[];
}

/** @throws StartError if there is nothing to take away. */
export function prepareUninstall({ purge }: UninstallCall, { root, isImage, exists }: TargetSystem): Removal {
  const record = readRecord(root);
  if (record === undefined) {
    const how = exists("/usr/sbin/lodger")
      ? "a package has put it there: remove that package, as with 'apt-get remove lodger' or 'dnf remove lodger'"
      : "nothing has been installed";
    throw new StartError(`there is no ${root.locate(RECORD)}: ${how}`);
  }
  const { program, channel, service, takenOver } = record;
  const plan = services[service].plan({ program, channel, packaged: false, confine: false, exists });
  const there = record.files.toReversed().filter(({ kind, path }) => kind === "folder" || exists(path));
  const remove = there.filter((each) => purge || each.kind === "folder" || isUnchanged(root, each));
  return {
    record,
    remove,
    keep: there.filter((each) => !remove.includes(each)),
    stop: isImage ? [] : plan.stop,
    restored: takenOver.flatMap(({ links }) => links).filter(({ path }) => !exists(path)),
    forget: isImage ? [] : [...plan.forget, ...takenOver.filter(({ ran }) => ran).flatMap(({ name }) => plan.startOther(name))],
  };
}

/** @param say takes a line for whoever uninstalls. */
export function carryOutRemoval(
  { record, remove, keep, stop, restored, forget }: Removal,
  { root }: TargetSystem,
  run: TargetSystem["run"],
  say: (line: string) => void,
): void {
  run(stop);
  const folders = remove.filter(({ kind }) => kind === "folder");
  for (const { kind, path } of remove) {
    if (kind === "folder") continue;
    root.remove(path);
    say(`removed ${path}`);
  }
  for (const { path } of keep) say(`kept    ${path}, which has changed since it was installed: --purge removes it too`);
  for (const { path, target } of restored) {
    root.link(path, target);
    say(`put back ${path}`);
  }
  // A service that is given the channel back may fail to start: what is recorded then is only what is left.
  if (keep.length === 0) root.remove(RECORD);
  else writeRecord(root, { ...record, files: [...folders, ...keep].reverse(), takenOver: [] });
  for (const { path } of folders) {
    if (root.removeFolder(path)) say(`removed ${path}`);
    else if (path !== STATE_FOLDER || keep.length === 0) say(`kept    ${path}, which has files that lodger install has not put there`);
  }
  run(forget);
}
