/** The admin's program that is told of a freeze before it and of a thaw after it. */
import { type Processes, runHelper, type Settings } from "../../core/plugin.ts";

export type HookEvent = "freeze" | "thaw";

export class Hook {
  readonly #processes: Processes;
  readonly #settings: Settings;

  constructor(processes: Processes, settings: Settings) {
    this.#processes = processes;
    this.#settings = settings;
  }

  /** Does nothing if no hook is configured. @throws CommandError if it fails. */
  async run(event: HookEvent, signal?: AbortSignal): Promise<void> {
    const program = this.#settings.fsfreezeHook;
    if (program === undefined) return;
    await runHelper(this.#processes, program, [event], "execute fsfreeze hook", signal === undefined ? {} : { signal });
  }
}
