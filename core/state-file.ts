/**
 * The agent's state on disk, in qemu-ga's own files, so that one agent can follow the other: `qga.state` with the counter of file
 * handles, and `qga.state.isfrozen`, which is there while file systems are frozen.
 */
import { accessSync, constants, readFileSync, rename, rm, rmSync, writeFile, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { inject, singleton } from "tsyringe";
import { formatKeyFile, parseKeyFile } from "./config/keyfile.ts";
import { StartError } from "./config/start-error.ts";
import { failed } from "./errors.ts";
import { LogFile } from "./log-file.ts";
import { osError } from "./os/errno.ts";
import { Settings } from "./settings.ts";
import type { AgentState } from "./state.ts";

/** What writes to disks beside the log and the state. */
export interface DiskWriter {
  /** Nothing is written from here on; resolves, soon, when nothing is being written any more. */
  hold(): Promise<void>;
  /** @param by what has ended the frozen state; undefined where it did not come to it. */
  resume(by?: string): void;
}

export interface LastFreeze {
  /** Milliseconds since 1970. */
  readonly began: number;
  /** Missing while it lasts, and where an earlier run began it. */
  readonly lastedMs?: number;
  readonly by?: string;
}

const GROUP = "global";
const KEY = "fd_counter";
const FIRST_HANDLE = 1000;
const FILE_MODE = 0o600;
/** Not what a link leads to that somebody else has put there. */
const NEW_FILE = { mode: FILE_MODE, flag: "wx" } as const;

/** Not `node:fs/promises`: loading it costs a start 10 ms, for it brings the line editor with it. */
const files = { write: promisify(writeFile), rename: promisify(rename), remove: promisify(rm) };

function bootId(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "latin1");
  } catch {
    return "";
  }
}

@singleton()
export class StateFile implements AgentState {
  freezing = false;
  /** Since the agent's start. */
  lastFreeze: LastFreeze | undefined;
  /** They are held while file systems are frozen. */
  readonly writers = new Set<DiskWriter>();
  private readonly directory: string;
  private readonly file: string;
  private readonly mark: string;
  private readonly note: string;
  /** Identifies the machine's start; empty where it can't be told, as in the marks of qemu-ga. */
  private readonly boot = bootId();
  /** What a guard wrote that thawed for an earlier run. */
  private left: string | undefined;
  private readonly log: LogFile;
  private counter = FIRST_HANDLE;
  private isFrozen = false;
  private isNew = false;
  /** By a clock that nobody sets. */
  private frozenAt = 0;
  private saving: Promise<void> = Promise.resolve();
  private thawed: (() => void)[] = [];

  constructor(@inject(Settings.key) settings: Settings, @inject(LogFile) log: LogFile) {
    this.directory = settings.stateDirectory;
    this.file = join(this.directory, "qga.state");
    this.mark = `${this.file}.isfrozen`;
    this.note = `${this.file}.thawed`;
    this.log = log;
  }

  get frozen(): boolean {
    return this.isFrozen;
  }

  get frozenMark(): { mark: string; note: string } {
    return { mark: this.mark, note: this.note };
  }

  /**
   * Reads what an earlier run left. Nothing is written yet: a start that fails leaves nothing behind.
   * @throws StartError if the folder is missing or can't be written, or the file can't be understood.
   */
  load(): void {
    this.left = this.readNote();
    this.isFrozen = this.readMark();
    const counter = this.readCounter();
    this.counter = counter ?? FIRST_HANDLE;
    this.isNew = counter === undefined;
    if (this.isFrozen) return;
    try {
      accessSync(this.directory, constants.W_OK);
    } catch (error) {
      const reason = osError(error, "access").message;
      throw new StartError(`the state folder '${this.directory}' can't be used: ${reason}; make it, or name another with --statedir`);
    }
  }

  /** Writes the first state, once the agent runs: at once, because going to a thread would start them all for these bytes. */
  begin(): void {
    if (this.left !== undefined) {
      this.log.warning(`an earlier run of the agent ended while file systems were frozen: ${this.left.trim()}`);
      // What is frozen may be the folder: then the thaw removes them.
      if (!this.isFrozen) for (const file of [this.note, this.mark]) rmSync(file, { force: true });
    }
    if (this.isFrozen) this.log.warning("file systems are frozen since an earlier run of the agent: guest-fsfreeze-thaw thaws them");
    if (!this.isNew || this.isFrozen) return;
    try {
      writeFileSync(this.file, this.text(), NEW_FILE);
    } catch (error) {
      this.log.error(`the state can't be kept: ${osError(error, "open").message}`);
    }
  }

  async nextHandle(): Promise<number> {
    const handle = this.counter++;
    await this.queueSave();
    return handle;
  }

  /** What ended the frozen state of an earlier run, where this one was not there. */
  get endedBefore(): string | undefined {
    return this.left?.trim();
  }

  /** @throws CommandError if the state can't be kept; then nothing has changed. */
  async enterFrozen(): Promise<void> {
    this.log.warning("disabling logging due to filesystem freeze");
    await Promise.all([this.log, ...this.writers].map((writer) => writer.hold()));
    await this.saving;
    try {
      await files.remove(this.mark, { force: true });
      await files.write(this.mark, this.boot, NEW_FILE);
    } catch (error) {
      await files.remove(this.mark, { force: true }).catch(() => undefined);
      this.resumeWriting();
      throw failed(`the frozen state can't be kept in ${this.directory}: ${osError(error, "write").message}`);
    }
    this.isFrozen = true;
    this.lastFreeze = { began: Date.now() };
    this.frozenAt = performance.now();
  }

  /** @throws OsError if the mark of the frozen state stays for the next start to see; this run is out of it all the same. */
  async leaveFrozen(by = "an unknown cause"): Promise<void> {
    try {
      await files.remove(this.mark, { force: true });
      await files.remove(this.note, { force: true });
    } catch (error) {
      throw osError(error, "unlink");
    } finally {
      this.isFrozen = false;
      if (this.lastFreeze) this.lastFreeze = { ...this.lastFreeze, lastedMs: Math.round(performance.now() - this.frozenAt), by };
      this.resumeWriting(by);
      for (const resolve of this.thawed.splice(0)) resolve();
    }
  }

  /** Resolves when nothing is frozen: what has to be written to a disk waits for it. */
  async whenThawed(): Promise<void> {
    if (this.isFrozen) await new Promise<void>((resolve) => this.thawed.push(resolve));
  }

  private resumeWriting(by?: string): void {
    this.log.resume();
    for (const writer of this.writers) writer.resume(by);
  }

  /** Whether an earlier run left file systems frozen. A machine that has been started anew since then has none. */
  private readMark(): boolean {
    let boot: string;
    try {
      boot = readFileSync(this.mark, "utf8");
    } catch (error) {
      return (error as NodeJS.ErrnoException).code !== "ENOENT"; // it is there, whatever it says
    }
    if (boot === "" || this.boot === "" || boot === this.boot) return true;
    this.left = "the machine has been started anew since";
    return false;
  }

  private readNote(): string | undefined {
    try {
      return readFileSync(this.note, "utf8").slice(0, 4096);
    } catch {
      return undefined; // as at nearly every start
    }
  }

  /** @returns undefined if there is no file yet. */
  private readCounter(): number | undefined {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw new StartError(`the state file '${this.file}' can't be read: ${osError(error, "open").message}`);
    }
    try {
      const text = parseKeyFile(bytes, this.file).string(GROUP, KEY)?.trim() ?? String(FIRST_HANDLE);
      const counter = /^\d+$/.test(text) ? Number(text) : 0;
      return Number.isSafeInteger(counter) ? counter : 0;
    } catch (error) {
      throw new StartError(`${(error as Error).message}: remove this file if no client holds handles of an earlier run`);
    }
  }

  private queueSave(): Promise<void> {
    const saved = this.saving.then(() => this.save());
    this.saving = saved.catch(() => undefined);
    return saved;
  }

  private text(): string {
    return formatKeyFile([[GROUP, [[KEY, String(this.counter)]]]]);
  }

  /** Written beside and renamed: whoever reads it, and a power cut, find the old state or the new one. */
  private async save(): Promise<void> {
    const beside = `${this.file}.new`;
    try {
      await files.write(beside, this.text(), { mode: FILE_MODE });
      await files.rename(beside, this.file);
    } catch (error) {
      throw failed(`the counter of handles can't be kept in ${this.directory}: ${osError(error, "write").message}`);
    }
  }
}
