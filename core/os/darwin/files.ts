/** Files on macOS. */
import fs from "node:fs";
import { called, NodeFiles } from "../node/files.ts";
import { OsError, type Whence } from "../ports.ts";
import { checked, libSystem } from "./library.ts";

const WHENCE: Readonly<Record<Whence, number>> = { set: 0, cur: 1, end: 2 };

export class MacFiles extends NodeFiles {
  open(path: string, flags: number, mode = 0o666): Promise<number> {
    return called("open", (done) => fs.open(path, flags, mode, done));
  }

  /** Rules on paths are refused when they are read; this is for what would come here all the same. */
  async openConfined(): Promise<number> {
    throw new OsError("EPERM", 1, "rules on paths can't be held to on macOS", "open");
  }

  async seek(fd: number, offset: number | bigint, whence: Whence): Promise<number | bigint> {
    return checked(libSystem().lseek(fd, offset, WHENCE[whence]), "lseek");
  }

  setMode(fd: number, mode: number): Promise<void> {
    return called("fchmod", (done) => fs.fchmod(fd, mode, (error) => done(error, undefined)));
  }
}
