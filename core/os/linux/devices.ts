/** Character devices on Linux. */
import { constants, statSync } from "node:fs";
import type { Devices } from "../devices.ts";
import { errnoOf, osError } from "./errno.ts";
import { B38400, close, dup, makeRaw, open, POLLERR, POLLHUP, poll, read, setSignalled, write } from "./libc.ts";

const UNCERTAIN_MS = 100;

export class LinuxDevices implements Devices {
  /** What waits for SIGIO. */
  readonly #told = new Set<() => void>();
  #listening = false;

  open(path: string): number {
    const fd = open(path, constants.O_RDWR | constants.O_NONBLOCK);
    const kind = statSync(`/proc/self/fd/${fd}`);
    if (kind.isCharacterDevice() || kind.isFIFO()) return fd;
    close(fd);
    throw osError(errnoOf("ENOTTY") ?? 0, "open");
  }

  duplicate(fd: number): number {
    return dup(fd);
  }

  close(fd: number): void {
    close(fd);
  }

  take(fd: number, into: Uint8Array): number | undefined {
    const count = transfer("read", () => read(fd, into));
    // A terminal whose other end is gone for good reads like a virtio port whose host may come back; only poll tells them apart.
    if (count === 0 && (poll(fd, 0) & POLLERR) !== 0) throw osError(errnoOf("EIO") ?? 0, "read");
    return count;
  }

  give(fd: number, from: Uint8Array): number | undefined {
    return transfer("write", () => write(fd, from));
  }

  changed(fd: number, withinMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#told.delete(done);
        signal.removeEventListener("abort", done);
        setSignalled(fd, false);
        resolve();
      };
      this.#listen();
      this.#told.add(done);
      signal.addEventListener("abort", done, { once: true });
      setSignalled(fd, true);
      // Who came before the kernel was told to tell is not told of; and some devices have an end without ever being hung up.
      const timer = setTimeout(done, this.isHungUp(fd) ? withinMs : Math.min(withinMs, UNCERTAIN_MS));
      if (signal.aborted) done();
    });
  }

  /** For good: a signal that is on its way when its last handler goes would end the process. */
  #listen(): void {
    if (this.#listening) return;
    this.#listening = true;
    process.on("SIGIO", () => {
      for (const done of this.#told) done();
    });
  }

  isHungUp(fd: number): boolean {
    return (poll(fd, 0) & POLLHUP) !== 0;
  }

  makeRaw(fd: number): void {
    makeRaw(fd, B38400);
  }
}

function transfer(call: string, attempt: () => number): number | undefined {
  for (;;) {
    try {
      return attempt();
    } catch (error) {
      const failure = osError(error, call);
      if (failure.code === "EAGAIN") return undefined;
      if (failure.code !== "EINTR") throw failure;
    }
  }
}
