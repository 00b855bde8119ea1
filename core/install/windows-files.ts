/** Files of an installation on Windows: looked at, written, removed. */
import {
  closeSync,
  constants,
  copyFileSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { win32 } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { StartError } from "../config/start-error.ts";
import { removeAtNextStart } from "../os/windows/protected-folder.ts";
import { checkFolders } from "../trusted-file.ts";
import type { Looking } from "./steps.ts";
import { isSamePath } from "./windows-plan.ts";

const status: Looking["status"] = (path) => lstatSync(path, { throwIfNoEntry: false });

export const looking: Looking = {
  locate: (path) => path,
  status,
  hasFolder: (path) => status(path)?.isDirectory() === true,
  readLink: (path) => readlinkSync(path),
};

/** Where the agent puts what it loads: see core/os/windows/addon.ts. */
const NATIVE_FOLDER = /^lodger-[0-9a-f]{16}$/;
/** What another process has open or runs. */
const IN_USE = new Set(["EPERM", "EACCES", "EBUSY"]);
const PATIENCE_MS = 5000;
const LOOK_MS = 100;

/** @throws Untrusted if others could change it, or the folder where it will be. */
export function checkPlace(path: string): void {
  checkFolders(status(path) === undefined && path !== win32.dirname(path) ? nearest(win32.dirname(path)) : path);
}

function nearest(path: string): string {
  return status(path) === undefined && path !== win32.dirname(path) ? nearest(win32.dirname(path)) : path;
}

/** Whole as soon as it has its name. @throws StartError while another program has it open. */
export async function put(path: string, content: string | { readonly copyOf: string }): Promise<void> {
  const beside = `${path}.new`;
  rmSync(beside, { force: true });
  try {
    if (typeof content === "string") writeFileSync(beside, content, { flag: "wx" });
    else copyFileSync(content.copyOf, beside, constants.COPYFILE_EXCL);
    const fd = openSync(beside, "r+");
    try {
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    await whenFree(path, () => renameSync(beside, path));
  } finally {
    rmSync(beside, { force: true });
  }
}

/** @returns false if it will be gone when Windows starts again, for this program is what runs or has loaded it. */
export async function takeAway(path: string): Promise<boolean> {
  try {
    if (isSamePath(path, process.execPath)) rmSync(path, { force: true });
    else await whenFree(path, () => rmSync(path, { force: true }));
    return true;
  } catch (error) {
    if (!IN_USE.has((error as NodeJS.ErrnoException).code ?? "") && !(error instanceof StartError)) throw error;
    removeAtNextStart(path);
    return false;
  }
}

/** @returns the native parts that agents in this folder have loaded, each folder after its files. */
export function nativeParts(folder: string): readonly { readonly path: string; readonly isFolder: boolean }[] {
  if (status(folder) === undefined) return [];
  return readdirSync(folder)
    .filter((name) => NATIVE_FOLDER.test(name))
    .map((name) => win32.join(folder, name))
    .flatMap((path) => [...readdirSync(path).map((name) => ({ path: win32.join(path, name), isFolder: false })), { path, isFolder: true }]);
}

/** @param later it will be empty when Windows starts again. @returns whether it is gone, or will be. */
export function takeFolderAway(path: string, later: boolean): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch {
    if (status(path) === undefined) return true;
    if (later) removeAtNextStart(path);
    return later;
  }
}

async function whenFree(path: string, work: () => void): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    try {
      work();
      return;
    } catch (error) {
      if (!IN_USE.has((error as NodeJS.ErrnoException).code ?? "")) throw error;
      if (waitedMs >= PATIENCE_MS) {
        throw new StartError(`${path}: another program runs this or has it open: end it and give the same command again`, { cause: error });
      }
      await pause(LOOK_MS);
    }
  }
}
