/**
 * Lines to the end of a file, off the loop and in order. Rotation is left to the system: a file that was renamed or removed is made anew.
 */
import { closeSync, type Stats, stat, write, writeSync } from "node:fs";
import { osError } from "../os/errno.ts";
import { type AuditLine, LineQueue } from "./line-queue.ts";
import { isSameFile, type OpenedFile, openAuditFile } from "./open-file.ts";
import type { Sink, SinkHost } from "./sink.ts";

/** How often at most is looked whether the file is still there, and how soon is tried again what failed, in milliseconds. */
const LOOK_MS = 1000;
const AGAIN_MS = 1000;
/** What the agent's end, or a freeze, waits for what is being written. */
const PATIENCE_MS = 500;
const NEWLINE = 0x0a;

export class FileSink implements Sink {
  readonly path: string;
  readonly #host: SinkHost;
  readonly #queue: LineQueue;
  #file: OpenedFile | undefined;
  /** What is being written, from `#at` on. */
  #batch: Buffer = Buffer.alloc(0);
  #at = 0;
  #writing: Promise<void> | undefined;
  #scheduled = false;
  #held = false;
  #ending = false;
  #again: NodeJS.Timeout | undefined;
  #lookAt = 0;
  #isStale = false;

  /** @throws Error saying what to do, if the file can't be used. */
  constructor(path: string, host: SinkHost) {
    this.path = path;
    this.#host = host;
    this.#queue = new LineQueue(host.lost);
    this.#open();
  }

  add(line: AuditLine): void {
    this.#queue.push(line);
    if (this.#ending) this.#writeNow();
    else this.#schedule();
  }

  /** The file is opened anew before the next line: it may have been moved away. */
  reopen(): void {
    this.#isStale = true;
    this.#schedule();
  }

  hold(): Promise<void> {
    this.#held = true;
    return this.#settled();
  }

  resume(): void {
    this.#held = false;
    this.#schedule();
  }

  async end(): Promise<void> {
    await this.#settled();
    clearTimeout(this.#again);
    this.#ending = true;
    // A disk that takes nothing would keep the agent from its end.
    if (this.#writing) this.#held = true;
    this.#writeNow();
  }

  close(): void {
    clearTimeout(this.#again);
    this.#closeFile();
  }

  /** Lines of one turn of the loop go together. */
  #schedule(): void {
    if (this.#scheduled || this.#writing || this.#held || this.#again || this.#ending) return;
    if (this.#queue.isEmpty && this.#batch.length === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#held || this.#writing || this.#ending) return;
      this.#writing = this.#writeOut().finally(() => {
        this.#writing = undefined;
        this.#schedule();
      });
    });
  }

  async #writeOut(): Promise<void> {
    try {
      if (await this.#isGone()) this.#closeFile();
      if (this.#held) return;
      const { fd } = this.#opened();
      this.#fill();
      while (this.#at < this.#batch.length) {
        if (this.#held) return;
        this.#at += await written(fd, this.#batch, this.#at);
      }
      this.#finish();
    } catch (error) {
      this.#failed(error);
    }
  }

  /** For the end: nobody else writes any more. */
  #writeNow(): void {
    if (this.#held) return;
    try {
      const { fd } = this.#opened();
      for (this.#fill(); this.#batch.length > 0; this.#fill()) {
        while (this.#at < this.#batch.length) this.#at += writeSync(fd, this.#batch, this.#at);
        this.#finish();
      }
    } catch {
      // It was said when it began.
    }
  }

  #fill(): void {
    if (this.#batch.length > 0) return;
    this.#batch = Buffer.from(
      this.#queue
        .takeAll()
        .map(({ text }) => text)
        .join(""),
    );
    this.#at = 0;
  }

  #finish(): void {
    this.#batch = Buffer.alloc(0);
    this.#host.over(`the audit file '${this.path}' is written again`);
  }

  #failed(error: unknown): void {
    const reason = error instanceof Error && !("code" in error) ? error.message : `${this.path}: ${osError(error, "write").message}`;
    this.#host.trouble(`the audit can't be written, its records wait in memory: ${reason}`);
    this.#again = setTimeout(() => {
      this.#again = undefined;
      this.#schedule();
    }, AGAIN_MS).unref();
  }

  /** Whether the path leads to another file by now, or to none. */
  async #isGone(): Promise<boolean> {
    if (this.#file === undefined || this.#isStale) return true;
    if (performance.now() < this.#lookAt) return false;
    this.#lookAt = performance.now() + LOOK_MS;
    return !isSameFile(this.#file.status, await statusOf(this.path));
  }

  #opened(): OpenedFile {
    return this.#file ?? this.#open();
  }

  #open(): OpenedFile {
    this.#file = openAuditFile(this.path);
    this.#isStale = false;
    this.#lookAt = performance.now() + LOOK_MS;
    // A line of which a part is in the old file is written anew as a whole.
    this.#at = this.#at === 0 ? 0 : this.#batch.lastIndexOf(NEWLINE, this.#at - 1) + 1;
    return this.#file;
  }

  #closeFile(): void {
    if (this.#file) closeSync(this.#file.fd);
    this.#file = undefined;
  }

  #settled(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, PATIENCE_MS);
    return Promise.race([this.#writing ?? Promise.resolve(), late]).finally(() => clearTimeout(timer));
  }
}

function written(fd: number, bytes: Buffer, from: number): Promise<number> {
  return new Promise((resolve, reject) => write(fd, bytes, from, (error, count) => (error ? reject(error) : resolve(count))));
}

/** @returns undefined where nothing can be found. */
function statusOf(path: string): Promise<Stats | undefined> {
  return new Promise((resolve) => stat(path, (error, status) => resolve(error ? undefined : status)));
}
