/** The configuration, read again while the agent runs: on SIGHUP, and when a file of the admin's changes. */
import type { AdminConfig } from "../config/admin-config.ts";
import type { RunStart, Start } from "../config/start.ts";
import type { Log } from "../log.ts";

/** Something that lives by a part of lodger.toml. */
export interface Reloadable {
  /** The part's name: "policy", "audit", "plugins". */
  readonly name: string;
  /** Called before anything is applied. @throws Error saying why this can't be used; then all stays as it was, everywhere. */
  check?(config: AdminConfig, start: RunStart): void | Promise<void>;
  /** Never called while file systems are frozen. @throws Error to be logged. */
  apply(config: AdminConfig, start: RunStart): void | Promise<void>;
}

export interface Reloading {
  /** What the agent runs with. */
  readonly started: RunStart;
  /** Reads everything again. @throws StartError naming all that is wrong. */
  readonly read: () => Promise<Start>;
  readonly parts: readonly Reloadable[];
  /** Told what is wrong with a configuration that is not taken. */
  refused?(lines: readonly string[]): void;
  readonly log: Log;
  readonly state: { readonly frozen: boolean; readonly freezing: boolean; whenThawed(): Promise<void> };
}

/**
 * From here on SIGHUP, which would end a process, makes the agent read its configuration. Where there is a lodger.toml, its files are watched
 * too; an agent without one has nothing of this in memory until it is asked.
 */
export function reloadWhenAsked(reloading: Reloading): void {
  let loaded: Promise<import("./reloader.ts").Reloader> | undefined;
  const reloader = () => {
    loaded ??= import("./reloader.ts").then(({ Reloader }) => new Reloader(reloading));
    return loaded;
  };
  process.on("SIGHUP", () => void reloader().then((each) => each.request("signal")));
  if (reloading.started.admin.files.length > 0) void reloader();
}
