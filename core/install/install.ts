/** `lodger install`: from what was asked for to what is there. */
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { StartError } from "../config/start-error.ts";
import { ownCommand } from "../process/self.ts";
import { LODGER_VERSION } from "../version.ts";
import type { InstallCall } from "./call.ts";
import { CONFIG, CONFIG_FILE, CONFIG_FOLDER, LOGROTATE, LOGROTATE_FILE, STATE_FOLDER } from "./contents.ts";
import { type Command, type Entry, type ServiceName, type ServicePlan, USUAL_PORT } from "./plan.ts";
import { type InstallRecord, type Recorded, readRecord, type TakenOver, writeRecord } from "./record.ts";
import { detectService, services } from "./services.ts";
import { isUnchanged, type Step, stepsOf } from "./steps.ts";
import type { TargetSystem } from "./system.ts";

/** Where packages put executables: one that runs from there is in its place. */
const PACKAGED = ["/usr/sbin/lodger", "/usr/bin/lodger"];
const PACKAGED_UNITS = ["/usr/lib/systemd/system/lodger.service", "/lib/systemd/system/lodger.service"];

/** All that an installation does, before any of it is done. */
export interface Installation {
  readonly steps: readonly Step[];
  /** Of an earlier installation, and not of this one. */
  readonly obsolete: readonly Recorded[];
  readonly removedLinks: readonly { readonly path: string; readonly target: string }[];
  readonly stop: readonly Command[];
  readonly start: readonly Command[];
  /** The channel's device is there; true for a channel without one. */
  readonly isThere: boolean;
  readonly record: InstallRecord;
}

/**
 * @param self the executable that runs.
 * @throws StartError if it can't be done, with all that is in the way.
 */
export function prepareInstall(call: InstallCall, system: TargetSystem, self = ownExecutable()): Installation {
  const { root, isImage, exists } = system;
  if (!exists("/")) throw new StartError(`--root ${root.folder}: there is no such folder: mount the image there`);
  const before = readRecord(root);
  const service = call.service ?? detectService(exists, isImage);
  const packaged = PACKAGED.includes(self) && PACKAGED_UNITS.some(exists) && !isImage;
  const program = packaged ? self : `${call.prefix}/sbin/lodger`;
  const plan = services[service].plan({ program, channel: call.channel, packaged, confine: call.confine, exists });
  const takenOver = takeOver(call, system, service, plan, before);
  const ways = takenOver.map(({ name }) => plan.takeOver(name));
  const entries = [
    ...common(packaged, service),
    ...(packaged ? [] : programEntry(system, program, self)),
    ...plan.entries,
    ...ways.flatMap(({ add = [] }) => add),
  ];
  const steps = stepsOf(root, entries, before?.files ?? []);
  const blocked = steps.filter(({ does }) => does === "blocked").map(({ entry }) => root.locate(entry.path));
  if (blocked.length > 0) {
    throw new StartError(blocked.map((path) => `${path}: this is there already, and lodger install has not put it there: move it away`));
  }
  const isThere = call.channel.device === undefined || exists(call.channel.device);
  const now = new Set(entries.map(({ path }) => path));
  const obsolete = before?.files.filter((each) => !now.has(each.path) && each.kind !== "folder") ?? [];
  const newly = takenOver.filter(({ name }) => !before?.takenOver.some((earlier) => earlier.name === name));
  const folders = before?.files.filter(({ kind, path }) => kind === "folder" && !now.has(path)) ?? [];
  return {
    steps,
    obsolete,
    removedLinks: newly.flatMap(({ links }) => links),
    stop: isImage ? [] : newly.filter(({ ran }) => ran).flatMap(({ name }) => plan.stopOther(name)),
    start: isImage ? [] : plan.start({ isThere, isNew: steps.some(({ does }) => does === "write") || obsolete.length > 0 }),
    isThere,
    record: {
      version: LODGER_VERSION,
      service,
      program,
      channel: call.channel,
      files: [...folders, ...steps.flatMap(({ recorded }) => recorded ?? [])],
      takenOver,
    },
  };
}

/** @param say takes a line for whoever installs. @throws StartError, Untrusted or a system's error; what was written by then is recorded. */
export function carryOut(
  installation: Installation,
  { root, isImage }: TargetSystem,
  run: TargetSystem["run"],
  say: (line: string) => void,
): void {
  run(installation.stop);
  const folders: Recorded[] = root.makeFolder(STATE_FOLDER, 0o700).map((path) => ({ kind: "folder", path }));
  // Before anything else is there: what an interruption leaves behind can be uninstalled.
  const save = () => writeRecord(root, { ...installation.record, files: unique([...folders, ...installation.record.files]) });
  save();
  for (const recorded of installation.obsolete) {
    if (recorded.kind !== "folder" && isUnchanged(root, recorded)) root.remove(recorded.path);
    else if (root.exists(recorded.path)) say(`kept    ${recorded.path}, which has changed since it was installed`);
  }
  for (const { entry, does } of installation.steps) {
    if (does === "keep") say(`kept    ${entry.path}, which is yours`);
    if (does !== "write") continue;
    folders.push(...root.makeFolder(dirname(entry.path)).map((path) => ({ kind: "folder", path }) as const));
    if (entry.kind === "folder") root.makeFolder(entry.path, entry.mode);
    else if (entry.kind === "link") root.link(entry.path, entry.target);
    else root.write(entry.path, entry.kind === "file" ? entry.text : { copyOf: entry.source }, entry.mode);
    say(`written ${entry.path}`);
  }
  for (const { path } of installation.removedLinks) {
    root.remove(path);
    say(`removed ${path}`);
  }
  save();
  run(installation.start);
  if (!isImage && !installation.isThere) {
    say(`${installation.record.channel.device} is not there now: lodger starts when the host gives this machine that port`);
  }
}

/** @returns the path of the executable that runs. @throws StartError if it is no executable of its own. */
export function ownExecutable(): string {
  const [program, ...more] = ownCommand();
  if (more.length > 0)
    throw new StartError("only the executable can be installed, and this is the bundle: 'npm run build' makes dist/lodger-linux-x64");
  return realpathSync(program);
}

function common(packaged: boolean, service: ServiceName): readonly Entry[] {
  const state: Entry = { kind: "folder", path: STATE_FOLDER, mode: 0o700 };
  if (packaged) return [state];
  return [
    state,
    { kind: "folder", path: CONFIG_FOLDER, mode: 0o755 },
    { kind: "file", path: CONFIG_FILE, mode: 0o644, text: CONFIG, admin: true },
    // macOS has another program for that
    ...(service === "launchd" ? [] : [{ kind: "file", path: LOGROTATE_FILE, mode: 0o644, text: LOGROTATE } as const]),
  ];
}

/** Nothing where it is in its place already, by whatever name, and not by an earlier installation. */
function programEntry({ root }: TargetSystem, path: string, source: string): readonly Entry[] {
  const isInPlace = root.locate(path) === source && readRecord(root)?.files.some((each) => each.path === path) !== true;
  return isInPlace ? [] : [{ kind: "program", path, mode: 0o755, source }];
}

/** @returns who gives way, in this installation or in an earlier one. @throws StartError if that is not asked for. */
function takeOver(
  { takeOver: asked, channel }: InstallCall,
  system: TargetSystem,
  service: ServiceName,
  plan: ServicePlan,
  before: InstallRecord | undefined,
): readonly TakenOver[] {
  const { others, runs } = services[service];
  const earlier = before?.takenOver ?? [];
  // one that is set to start again in spite of an earlier installation is as new
  const found = others(system).filter((name) => !earlier.some((each) => each.name === name && isTaken(system, plan, name)));
  if (found.length > 0 && !asked && channel.device === USUAL_PORT) {
    throw new StartError(
      `${found.join(", ")} serves this port: 'lodger install --take-over' hands it to lodger, and 'lodger uninstall' gives it back; or remove that package`,
    );
  }
  if (!asked) return earlier;
  const newly = found.map((name): TakenOver => {
    const links = (plan.takeOver(name).remove ?? []).flatMap((path) => {
      const target = system.linkTarget(path);
      return target === undefined ? [] : [{ path, target }];
    });
    return { name, ran: system.isImage || runs === undefined || system.try(runs(name)).succeeded, links };
  });
  return [...earlier.filter(({ name }) => !found.includes(name)), ...newly];
}

function isTaken({ root }: TargetSystem, plan: ServicePlan, name: string): boolean {
  const { add = [], remove = [] } = plan.takeOver(name);
  return add.every(({ path }) => root.exists(path)) && !remove.some((path) => root.exists(path));
}

function unique(files: readonly Recorded[]): Recorded[] {
  return [...new Map(files.toReversed().map((each) => [each.path, each])).values()].reverse();
}
