/**
 * The admin's programs around a freeze: the one of `--fsfreeze-hook`, and those of a folder, in the order of their names. Each is run with
 * the word `freeze` before and, the other way round, with `thaw` after it.
 */
import { CommandError, type FileStatus, type Files, failed, OsError, type Processes, runHelper, type Settings } from "../../core/plugin.ts";
import { messageOf } from "./thawing.ts";

export type HookEvent = "freeze" | "thaw";

/** One run of one hook, for the report. */
export interface HookRun {
  readonly program: string;
  readonly event: HookEvent;
  readonly milliseconds: number;
  /** What it printed. */
  readonly output: string;
  /** Why it failed, if it did. */
  readonly failure?: string;
}

const ACTION = "execute fsfreeze hook";
/** What editors and package managers leave beside a file that is in use. */
const LEFT_OVER = /^\.|~$|\.(?:bak|orig|rpmnew|rpmorig|rpmsave|sample|swp)$|\.dpkg-/;
const WRITABLE_BY_OTHERS = 0o022;
const EXECUTABLE = 0o111;

export class Hooks {
  readonly #processes: Processes;
  readonly #files: Files;
  readonly #settings: Settings;
  /** Told of the freeze and not yet of the thaw, in the order of their start. */
  #told: string[] = [];
  #runs: HookRun[] = [];

  constructor(processes: Processes, files: Files, settings: Settings) {
    this.#processes = processes;
    this.#files = files;
    this.#settings = settings;
  }

  /**
   * Tells all hooks of a freeze to come. The first that fails ends it: the caller tells those that were started of the thaw.
   * @throws CommandError naming the hook.
   */
  async freeze(signal: AbortSignal): Promise<void> {
    this.#told = [];
    for (const program of await this.#programs()) {
      if (signal.aborted) return;
      this.#told.push(program);
      await this.#run(program, "freeze", signal);
    }
  }

  /**
   * Tells the hooks that everything is thawed, whatever fails: those that know of a freeze.
   * @param all whether all are told if none knows of one: an earlier run of the agent may have told them.
   * @throws CommandError of the first that failed, after all have run.
   */
  async thaw(all: boolean): Promise<void> {
    const told = this.#told.length > 0 || !all ? this.#told : await this.#programs().catch(() => this.#configured());
    this.#told = [];
    let failure: unknown;
    for (const program of told.toReversed()) {
      await this.#run(program, "thaw").catch((error: unknown) => {
        failure ??= error;
      });
    }
    if (failure !== undefined) throw failure;
  }

  /** What has run since this was last asked. */
  takeRuns(): readonly HookRun[] {
    return this.#runs.splice(0);
  }

  #configured(): string[] {
    const { fsfreezeHook } = this.#settings;
    return fsfreezeHook === undefined ? [] : [fsfreezeHook];
  }

  async #programs(): Promise<string[]> {
    const { hookFolder } = this.#settings.freeze;
    const names = await this.#files.list(hookFolder).catch((error: unknown) => {
      if (error instanceof OsError && error.code === "ENOENT") return [];
      throw failed(`the folder of freeze hooks ${hookFolder} can't be read: ${messageOf(error)}`);
    });
    const candidates = names.filter((name) => !LEFT_OVER.test(name)).toSorted();
    // Who can write the folder can put any program of root's there.
    if (candidates.length > 0) mustBeRoots(hookFolder, await this.#status(hookFolder));
    const inFolder: string[] = [];
    for (const name of candidates) {
      const program = `${hookFolder}/${name}`;
      const status = await this.#status(program);
      if (status.kind !== "file" || (status.mode & EXECUTABLE) === 0) continue;
      mustBeRoots(program, status);
      inFolder.push(program);
    }
    return [...this.#configured(), ...inFolder];
  }

  #status(path: string): Promise<FileStatus> {
    return this.#files.status(path).catch((error: unknown) => {
      throw failed(`the freeze hook ${path} can't be looked at: ${messageOf(error)}`);
    });
  }

  async #run(program: string, event: HookEvent, signal?: AbortSignal): Promise<void> {
    const started = performance.now();
    const timeoutMs = this.#settings.freeze.hookWithinMs;
    const note = (output: string, failure?: string) =>
      this.#runs.push({ program, event, milliseconds: performance.now() - started, output, ...(failure === undefined ? {} : { failure }) });
    try {
      note(await runHelper(this.#processes, program, [event], ACTION, { timeoutMs, ...(signal === undefined ? {} : { signal }) }));
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const late = performance.now() - started >= timeoutMs;
      const reason = late ? `it did not end within ${timeoutMs / 1000} s` : error.message;
      note("", reason);
      // The interface's text stays as it is where there is only the one hook that the interface knows.
      if (program === this.#settings.fsfreezeHook && !late) throw error;
      throw failed(`the freeze hook ${program} failed to ${event}: ${reason.trimEnd()}`);
    }
  }
}

/** @throws CommandError for what others than root could have written: it would run as root. */
function mustBeRoots(path: string, { uid, mode }: FileStatus): void {
  if (uid === 0 && (mode & WRITABLE_BY_OTHERS) === 0) return;
  throw failed(`the freeze hook ${path} is not run, because others than root can write it: chown root, chmod go-w`);
}
