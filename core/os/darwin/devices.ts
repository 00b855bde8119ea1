/** Serial lines of macOS as channels: by Node's descriptors, and stty of the system to set them. */
import { execFileSync } from "node:child_process";
import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { isatty } from "node:tty";
import type { Devices } from "../devices.ts";
import { macError } from "./errors.ts";

/** Nobody tells of a change there: it is looked so often. */
const LOOK_MS = 100;

export class MacDevices implements Devices {
  /** Paths by descriptor, by which a second one is opened: these devices can be. */
  readonly #paths = new Map<number, string>();

  open(path: string): number {
    try {
      const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK | constants.O_NOCTTY);
      const kind = fstatSync(fd);
      if (!kind.isCharacterDevice() && !kind.isFIFO()) {
        closeSync(fd);
        throw macError({ code: "ENOTTY" }, "open");
      }
      this.#paths.set(fd, path);
      // A virtio port is a terminal there, too: it would echo, and wait for whole lines.
      if (isatty(fd)) this.makeRaw(fd);
      return fd;
    } catch (error) {
      throw macError(error, "open");
    }
  }

  duplicate(fd: number): number {
    return this.open(this.#paths.get(fd) ?? "");
  }

  close(fd: number): void {
    this.#paths.delete(fd);
    closeSync(fd);
  }

  take(fd: number, into: Uint8Array): number | undefined {
    return transfer("read", () => readSync(fd, into));
  }

  give(fd: number, from: Uint8Array): number | undefined {
    return transfer("write", () => writeSync(fd, from));
  }

  changed(_fd: number, withinMs: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, Math.min(withinMs, LOOK_MS));
      signal.addEventListener("abort", done, { once: true });
      if (signal.aborted) done();
    });
  }

  isHungUp(): boolean {
    return false;
  }

  makeRaw(fd: number): void {
    try {
      execFileSync("/bin/stty", ["-f", this.#paths.get(fd) ?? "", "raw", "38400", "-echo"], { stdio: "ignore" });
    } catch {
      throw macError({ code: "ENOTTY" }, "stty");
    }
  }
}

function transfer(call: string, attempt: () => number): number | undefined {
  try {
    return attempt();
  } catch (error) {
    const failure = macError(error, call);
    if (failure.code === "EAGAIN") return undefined;
    throw failure;
  }
}
