/** `lodger-plugins.json` in the agent's state folder: how each plugin does, for `lodger plugin list`. */
import { renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../log.ts";
import { osError } from "../os/errno.ts";
import type { AgentState } from "../state.ts";
import type { PluginStatus } from "./source.ts";

const NAME = "lodger-plugins.json";
const MODE = 0o600;
/** A plugin that is caught a thousand times a second isn't written a thousand times. */
const PAUSE_MS = 500;

export class PluginList {
  readonly #file: string;
  readonly #statuses: () => readonly PluginStatus[];
  readonly #log: Log;
  readonly #state: Pick<AgentState, "frozen" | "freezing">;
  #timer: NodeJS.Timeout | undefined;
  #written = "";

  constructor(directory: string, statuses: () => readonly PluginStatus[], log: Log, state: Pick<AgentState, "frozen" | "freezing">) {
    this.#file = join(directory, NAME);
    this.#statuses = statuses;
    this.#log = log;
    this.#state = state;
  }

  /** Writes soon. */
  changed(): void {
    this.#timer ??= setTimeout(() => this.write(), PAUSE_MS).unref();
  }

  /** Writes at once, in place of what there is; while file systems are frozen, later. At once, because a thread would start for it. */
  write(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#state.frozen || this.#state.freezing) {
      this.changed();
      return;
    }
    const text = `${JSON.stringify({ pid: process.pid, plugins: this.#statuses() }, undefined, 2)}\n`;
    if (text === this.#written) return;
    const beside = `${this.#file}.new`;
    try {
      rmSync(beside, { force: true });
      writeFileSync(beside, text, { mode: MODE, flag: "wx" });
      renameSync(beside, this.#file);
      this.#written = text;
    } catch (error) {
      this.#log.warning(`${this.#file} can't be written: ${osError(error, "open").message}`);
    }
  }

  remove(): void {
    clearTimeout(this.#timer);
    if (!this.#state.frozen) rmSync(this.#file, { force: true });
  }
}
