/** Character devices on Linux. */
import { constants, fstatSync, readSync, writeSync } from "node:fs";
import type { Devices } from "../devices.ts";
import { errnoOf, osError } from "./errno.ts";
import { B38400, close, dup, makeRaw, open, POLLERR, POLLHUP, poll } from "./libc.ts";

export class LinuxDevices implements Devices {
  open(path: string): number {
    const fd = open(path, constants.O_RDWR | constants.O_NONBLOCK);
    const kind = fstatSync(fd);
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
    const count = transfer("read", () => readSync(fd, into));
    // A terminal whose other end is gone for good reads like a virtio port whose host may come back; only poll tells them apart.
    if (count === 0 && (poll(fd, 0) & POLLERR) !== 0) throw osError(errnoOf("EIO") ?? 0, "read");
    return count;
  }

  give(fd: number, from: Uint8Array): number | undefined {
    return transfer("write", () => writeSync(fd, from));
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
