/** One open file: C's stream semantics without its buffers, so that what is answered is also done. */
import { constants } from "node:fs";
import { type CommandContext, type Confinement, type Files, failed, type Int64Value, OsError, type Whence } from "../../core/plugin.ts";

export interface ReadResult {
  readonly bytes: Uint8Array;
  /** The end was met, as feof() says it after fread(): reading exactly up to it doesn't. */
  readonly eof: boolean;
}

/** A request's context: its signal is made when it is first asked for, which is only where an operation has to wait. */
export type Abandonable = Pick<CommandContext, "signal">;

const NEVER: Abandonable = {
  get signal() {
    return new AbortController().signal;
  },
};

/** Room that a read starts with, where the file's size tells nothing. */
const FIRST_ROOM = 1024 * 1024;

const NEW_FILE_MODE = 0o666;

export class OpenFile {
  private readonly files: Files;
  private readonly fd: number;
  /** Operations of one file run one after another: two connections may use it, and a close must not meet a read. */
  private last: Promise<unknown> = Promise.resolve();
  private busy = 0;

  private constructor(files: Files, fd: number) {
    this.files = files;
    this.fd = fd;
  }

  /**
   * @param flags for open(2). A new file has mode 0666 whatever the umask, as clients of the interface expect; an existing one keeps
   * its own.
   * @param confinement where the file has to be; any place if undefined.
   * @throws OsError
   */
  static async open(files: Files, path: string, flags: number, confinement?: Confinement): Promise<OpenFile> {
    const open = (how: number) =>
      confinement === undefined ? files.open(path, how, NEW_FILE_MODE) : files.openConfined(path, how, NEW_FILE_MODE, confinement);
    if (flags & constants.O_CREAT) {
      try {
        const fd = await open(flags | constants.O_EXCL);
        try {
          await files.setMode(fd, NEW_FILE_MODE);
        } catch (error) {
          await files.close(fd);
          throw error;
        }
        return new OpenFile(files, fd);
      } catch (error) {
        if (!(error instanceof OsError && error.code === "EEXIST")) throw error;
      }
    }
    return new OpenFile(files, await open(flags & ~constants.O_CREAT));
  }

  /**
   * Reads until `count` bytes are there, the end is met, or a device has no more for now.
   * @param allocate gives the memory.
   */
  read(count: number, allocate: (bytes: number) => Uint8Array, context: Abandonable): Promise<ReadResult> {
    return this.exclusively(context, async () => {
      const expected = count <= FIRST_ROOM ? count : (await this.files.size(this.fd)) + 1;
      let buffer = allocate(Math.min(count, Math.max(expected, FIRST_ROOM)));
      let filled = 0;
      while (filled < count) {
        if (filled === buffer.length) {
          const larger = allocate(Math.min(count, buffer.length * 4));
          larger.set(buffer);
          buffer = larger;
        }
        const read = await this.readOnce(buffer, filled);
        if (read === 0) return { bytes: buffer.subarray(0, filled), eof: true };
        if (read < 0) break;
        filled += read;
      }
      return { bytes: buffer.subarray(0, filled), eof: false };
    });
  }

  /** Writes all of it, or throws. */
  write(bytes: Uint8Array, context: Abandonable): Promise<void> {
    return this.exclusively(context, async () => {
      let written = 0;
      while (written < bytes.length) written += await this.files.write(this.fd, bytes, written, bytes.length - written);
    });
  }

  /** @returns the new position in bytes. */
  seek(offset: Int64Value, whence: Whence, context: Abandonable): Promise<Int64Value> {
    return this.exclusively(context, () => this.files.seek(this.fd, offset, whence));
  }

  /** Not to be given up: what waits for it would stay open for ever. */
  close(): Promise<void> {
    return this.exclusively(NEVER, () => this.files.close(this.fd));
  }

  /** @returns bytes read, 0 at the end, -1 if there is no more for now behind what was read before. */
  private async readOnce(buffer: Uint8Array, filled: number): Promise<number> {
    try {
      return await this.files.read(this.fd, buffer, filled, buffer.length - filled);
    } catch (error) {
      if (filled > 0 && error instanceof OsError && error.code === "EAGAIN") return -1;
      throw error;
    }
  }

  private exclusively<T>(context: Abandonable, operation: () => Promise<T>): Promise<T> {
    const run = this.busy === 0 ? operation() : this.last.then(() => this.afterWaiting(context.signal, operation));
    this.busy++;
    const done = () => {
      this.busy--;
    };
    this.last = run.then(done, done);
    return run;
  }

  /** What waited behind a hung operation and was given up meanwhile must not be done years later. */
  private afterWaiting<T>(signal: AbortSignal, operation: () => Promise<T>): Promise<T> {
    if (signal.aborted) throw failed("given up while an earlier operation on the file was still running");
    return operation();
  }
}
