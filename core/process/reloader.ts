/** Reads the configuration again, one time after another, and hands it to those who live by it. Loaded where it is needed. */
import { setTimeout as pause } from "node:timers/promises";
import { changesBetween } from "../config/changes.ts";
import type { RunStart } from "../config/start.ts";
import { StartError } from "../config/start-error.ts";
import { ConfigurationWatch } from "./configuration-watch.ts";
import type { Reloading } from "./reload.ts";

/** A signal is an order; a change may be half of one. */
export type Cause = "signal" | "change";

/** How often it is looked whether a freeze that is under way is over, in milliseconds. */
const FREEZING_MS = 200;

export class Reloader {
  readonly #reloading: Reloading;
  readonly #watch: ConfigurationWatch;
  #current: RunStart;
  #waiting: Cause | undefined;
  #busy = false;

  constructor(reloading: Reloading) {
    this.#reloading = reloading;
    this.#current = reloading.started;
    this.#watch = new ConfigurationWatch(reloading.log, () => this.request("change"));
    if (this.#current.admin.files.length > 0) this.#watch.renew(this.#current.watched);
  }

  /** What is asked for while one runs is done once behind it. */
  request(cause: Cause): void {
    if (this.#waiting !== "signal") this.#waiting = cause;
    if (!this.#busy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#busy = true;
    for (;;) {
      await this.#thawed();
      const cause = this.#waiting;
      if (cause === undefined) break;
      this.#waiting = undefined;
      await this.#reload(cause);
    }
    this.#busy = false;
  }

  async #reload(cause: Cause): Promise<void> {
    const { log, read, parts, state } = this.#reloading;
    const before = this.#current;
    // First: what changes while it is read must not be missed.
    if (before.admin.files.length > 0 || this.#watch.active) this.#watch.renew(before.watched);
    let start: RunStart;
    try {
      start = await this.#read(cause, read);
      for (const part of parts) await part.check?.(start.admin, start);
    } catch (error) {
      const lines = error instanceof StartError ? error.lines : [error instanceof Error ? error.message : String(error)];
      for (const line of lines) log.error(line);
      this.#reloading.refused?.(lines);
      log.error("the configuration stays as it was, because of what is named above");
      return;
    }
    if (state.frozen || state.freezing) {
      this.request(cause);
      return;
    }
    if (start.admin.files.length > 0 && !this.#watch.active) this.#watch.renew(start.watched);
    for (const part of parts) {
      try {
        await part.apply(start.admin, start);
      } catch (error) {
        log.error(`the new configuration of ${part.name} is not in force: ${error instanceof Error ? error.message : error}`);
      }
    }
    this.#current = start;
    this.#tell(cause, before, start);
  }

  async #read(cause: Cause, read: Reloading["read"]): Promise<RunStart> {
    const start = await read();
    if (start.action !== "run") throw new StartError(`the configuration can't be read again: it now asks for ${start.action}`);
    const { main } = start.watched;
    // Some editors remove a file before they write it. For a moment there would be no rule at all.
    if (cause === "change" && this.#current.admin.files.includes(main) && !start.admin.files.includes(main)) {
      throw new StartError(`${main}: this is gone: put it back, or send SIGHUP to do without it`);
    }
    return start;
  }

  #tell(cause: Cause, before: RunStart, start: RunStart): void {
    const { log, parts } = this.#reloading;
    const { now, later } = changesBetween(before, start, new Set(parts.map(({ name }) => name)));
    for (const warning of start.warnings) if (!before.warnings.includes(warning)) log.warning(warning);
    if (now.length > 0) log.message(`the configuration was read again; in force now: ${now.join(", ")}`);
    if (later.length > 0) log.message(`the configuration was read again; needs a restart of the agent: ${later.join(", ")}`);
    if (now.length + later.length === 0 && cause === "signal") log.message("the configuration was read again; nothing has changed");
  }

  /** Resolves when nothing is frozen, and nothing is about to be. */
  async #thawed(): Promise<void> {
    const { state } = this.#reloading;
    while (state.frozen || state.freezing) {
      if (state.frozen) await state.whenThawed();
      else await pause(FREEZING_MS, undefined, { ref: false });
    }
  }
}
