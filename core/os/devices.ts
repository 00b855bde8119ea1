/** Character devices as channels: what a serial port needs of the operating system beyond Node's streams. */
import { Token } from "../token.ts";

/** All calls but `changed` return at once. Failures are `OsError`. */
export interface Devices {
  /**
   * Opens a character device, or a FIFO in its place, for both directions without waiting for anybody. No child process inherits it.
   * @throws OsError; its code is `ENOTTY` for a path that is neither, such as a regular file.
   */
  open(path: string): number;
  /** A second descriptor of the same opening, for a stream that closes its own: a port can't be opened twice. */
  duplicate(fd: number): number;
  close(fd: number): void;
  /** @returns how many bytes were waiting and are in `into` now, 0 if nobody is at the other end, undefined if there is only nothing yet. */
  take(fd: number, into: Uint8Array): number | undefined;
  /** @returns how many bytes the device took, undefined if it takes none now. */
  give(fd: number, from: Uint8Array): number | undefined;
  /**
   * Waits without using the processor until something may have changed, such as somebody coming to the other end.
   * @param withinMs to look all the same after so long, for devices that don't tell.
   */
  changed(fd: number, withinMs: number, signal: AbortSignal): Promise<void>;
  /**
   * Calls back once when `take` or `give` is worth another attempt, where descriptors are none of Node's; without it they are.
   * @returns what ends the waiting.
   */
  ready?(fd: number, then: () => void): () => void;
  /** Whether the other end is closed, though bytes of it may still wait here. */
  isHungUp(fd: number): boolean;
  /** Windows: keeps all but the system, administrators and the agent's user from a named pipe that this process serves. @throws OsError */
  restrictPipe?(path: string): void;
  /** Sets a serial line to raw bytes at 38400 baud and throws away what it has received. */
  makeRaw(fd: number): void;
}

export const Devices = new Token<Devices>("devices");
