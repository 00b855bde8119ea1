/**
 * The log: to standard error or a file, written off the loop, held in bounded memory while file systems are frozen.
 */
import { closeSync, openSync, write, writeSync } from "node:fs";
import { inject, singleton } from "tsyringe";
import type { Level, Log } from "./log.ts";
import { osError } from "./os/errno.ts";
import { Settings } from "./settings.ts";

const STDERR = 2;
/** Lines that nobody can take: beyond this the oldest go, and it is said how many. */
const HELD_LINES = 10_000;
/** After this it is tried again to write where it failed, because of a full disk for instance. */
const AGAIN_MS = 1000;
/** How long a line that is being written may hold up a freeze. */
const HOLD_MS = 500;
/** Without --verbose. Warnings too: an admin wants to read why an answer was dropped. And messages, such as the report of a freeze. */
const QUIET: ReadonlySet<Level> = new Set(["error", "critical", "warning", "message"]);

@singleton()
export class LogFile implements Log {
  private readonly path: string | undefined;
  private readonly verbose: boolean;
  private fd: number | undefined;
  private lines: string[] = [];
  private dropped = 0;
  private held = false;
  /** What of the lines taken last is not written yet. */
  private rest: Buffer = Buffer.alloc(0);
  private again: NodeJS.Timeout | undefined;
  private writing: Promise<void> | undefined;

  constructor(@inject(Settings.key) settings: Settings) {
    this.path = settings.logFile;
    this.verbose = settings.verbose;
  }

  /** Opens the log, and writes what was logged before. @throws Error saying which file can't be opened. */
  open(): void {
    try {
      this.fd = this.path === undefined ? STDERR : openSync(this.path, "a", 0o600);
    } catch (error) {
      throw new Error(`the log file '${this.path}' can't be opened: ${osError(error, "open").message}`);
    }
    this.start();
  }

  error(text: string): void {
    this.add("error", text);
  }

  critical(text: string): void {
    this.add("critical", text);
  }

  warning(text: string): void {
    this.add("warning", text);
  }

  message(text: string): void {
    this.add("message", text);
  }

  info(text: string): void {
    this.add("info", text);
  }

  debug(text: string | (() => string)): void {
    if (this.verbose) this.add("debug", typeof text === "string" ? text : text());
  }

  /**
   * From here on lines stay in memory: writing to a frozen file system would block. What is being written is waited for, but not for ever:
   * where nobody reads standard error, that is no reason not to freeze.
   */
  async hold(): Promise<void> {
    this.held = true;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, HOLD_MS);
    await Promise.race([this.writing, late]);
    clearTimeout(timer);
  }

  resume(): void {
    this.held = false;
    this.start();
  }

  /** Writes at once what is left, for the end of the process. */
  close(): void {
    if (this.fd === undefined || this.held) return;
    clearTimeout(this.again);
    const text = Buffer.concat([this.writing ? Buffer.alloc(0) : this.rest, Buffer.from(this.takeText())]);
    try {
      for (let at = 0; at < text.length; ) at += writeSync(this.fd, text, at);
      // What a thread is still writing would be lost; the process ends, and closes it.
      if (this.fd !== STDERR && !this.writing) closeSync(this.fd);
    } catch {
      // Nobody is left who could be told.
    }
    this.fd = undefined;
  }

  private add(level: Level, text: string): void {
    if (!this.verbose && !QUIET.has(level)) return;
    const now = Date.now() * 1000;
    this.lines.push(`${Math.floor(now / 1e6)}.${String(now % 1e6).padStart(6, "0")}: ${level}: ${text}\n`);
    if (this.lines.length > HELD_LINES) {
      this.lines.shift();
      this.dropped++;
    }
    this.start();
  }

  private start(): void {
    if (this.writing || this.held || this.again || this.fd === undefined || this.lines.length + this.rest.length === 0) return;
    this.writing = this.writeOut(this.fd).finally(() => {
      this.writing = undefined;
      this.start();
    });
  }

  /** What can't be written now waits, and goes on where it stopped. A log that fails must not end the agent: there is nobody to tell. */
  private async writeOut(fd: number): Promise<void> {
    if (this.rest.length === 0) this.rest = Buffer.from(this.takeText());
    try {
      while (this.rest.length > 0 && !this.held) this.rest = this.rest.subarray(await written(fd, this.rest));
    } catch {
      this.again = setTimeout(() => {
        this.again = undefined;
        this.start();
      }, AGAIN_MS).unref();
    }
  }

  private takeText(): string {
    const lost = this.dropped > 0 ? `${this.dropped} older lines were dropped\n` : "";
    const text = lost + this.lines.join("");
    this.lines = [];
    this.dropped = 0;
    return text;
  }
}

function written(fd: number, bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) => write(fd, bytes, (error, count) => (error ? reject(error) : resolve(count))));
}
