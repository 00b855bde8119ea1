/** Whether the programs that rules allow are there, and nobody but root can put others in their place. */
import { accessSync, constants, realpathSync, statSync } from "node:fs";
import type { Origin, Problems } from "../config/problems.ts";
import { checkFolders, checkStatus, Untrusted } from "../trusted-file.ts";
import { folderOf } from "./places.ts";

export function checkProgramFile(path: string, origin: Origin, problems: Problems): void {
  try {
    const status = statSync(path);
    if (!status.isFile()) {
      problems.warning(origin, `${path} is no file: write the path of a program`);
      return;
    }
    accessSync(path, constants.X_OK);
    const target = realpathSync.native(path);
    checkStatus(target, status);
    checkFolders(folderOf(target));
    checkFolders(realpathSync.native(folderOf(path)));
  } catch (error) {
    if (error instanceof Untrusted) problems.warning(origin, `${path}: whoever can change this decides what runs: ${error.message}`);
    else if ((error as NodeJS.ErrnoException).code === "EACCES") problems.warning(origin, `${path} can't be executed: 'chmod +x ${path}'`);
    else problems.warning(origin, `${path} is not there: nothing runs by this name until it is`);
  }
}
