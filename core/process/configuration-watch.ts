/** Tells when a file of the configuration changes. The folders are watched, not the files: editors rename. */
import { type FSWatcher, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Log } from "../log.ts";
import { osError } from "../os/errno.ts";

/** Absolute paths. */
export interface WatchedFiles {
  /** lodger.toml. */
  readonly main: string;
  /** The folder of more of them. */
  readonly dropIns: string;
  /** qemu-ga's file. */
  readonly keyFile: string;
}

/** Who saves a file changes it several times in a moment. */
const SETTLE_MS = 200;

export class ConfigurationWatch {
  readonly #log: Log;
  readonly #changed: () => void;
  readonly #told = new Set<string>();
  #watchers: readonly FSWatcher[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(log: Log, changed: () => void) {
    this.#log = log;
    this.#changed = changed;
  }

  get active(): boolean {
    return this.#watchers.length > 0;
  }

  /** Watches the folders that are there now; one that was removed and made again is another. */
  renew({ main, dropIns, keyFile }: WatchedFiles): void {
    const former = this.#watchers;
    this.#watchers = [
      this.#folder(dirname(main), (name) => name === basename(main) || name === basename(dropIns)),
      this.#folder(dropIns, (name) => name.endsWith(".toml")),
      this.#folder(dirname(keyFile), (name) => name === basename(keyFile)),
    ].flatMap((watcher) => watcher ?? []);
    for (const watcher of former) watcher.close();
  }

  #folder(path: string, concerns: (name: string) => boolean): FSWatcher | undefined {
    try {
      const watcher = watch(path, { persistent: false }, (_event, name) => {
        if (name === null || concerns(name)) this.#settle();
      });
      watcher.on("error", (error) => this.#failed(path, error));
      return watcher;
    } catch (error) {
      // A folder that is not there is told by the one above it, or by SIGHUP.
      if (!["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) this.#failed(path, error);
      return undefined;
    }
  }

  #failed(path: string, error: unknown): void {
    if (this.#told.has(path)) return;
    this.#told.add(path);
    this.#log.warning(`changes in '${path}' are not seen: ${osError(error, "watch").message}; send SIGHUP after one`);
  }

  #settle(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#changed, SETTLE_MS).unref();
  }
}
