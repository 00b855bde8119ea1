// How much of an executable counts as resident depends on how its pages came into the page cache: one just written lies there in huge pages
// (30 MB more), and not yet on disk counts as private dirty (35 MB more). After a boot neither is so. Hence idle memory is measured on a
// copy that is on disk, out of the cache, and that nobody else runs.
import { closeSync, copyFileSync, fsyncSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import koffi from "koffi";
import type { CommandLine } from "./agents.ts";

const posixFadvise: (fd: number, offset: number, length: number, advice: number) => number = koffi
  .load("libc.so.6")
  .func("int posix_fadvise(int, int64_t, int64_t, int)");
const POSIX_FADV_DONTNEED = 4;

export interface SettledCopy {
  readonly command: CommandLine;
  remove(): void;
}

/** A program found in PATH (`node dist/lodger.cjs`) stays as it is. */
export function settledCopy(command: CommandLine): SettledCopy {
  const [executable, ...options] = command;
  if (!executable.includes("/")) return { command, remove: () => undefined };
  const folder = mkdtempSync(join(tmpdir(), "lodger-bench-"));
  const copy = join(folder, basename(executable));
  copyFileSync(executable, copy);
  const fd = openSync(copy, "r");
  fsyncSync(fd);
  posixFadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  closeSync(fd);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  process.once("exit", remove); // for a run that is interrupted
  return { command: [copy, ...options], remove };
}
