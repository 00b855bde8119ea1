/** A byte stream on the descriptor of a character device, which Node's own constructors refuse. */
import type { Duplex } from "node:stream";
import { type Devices, streamHandle } from "../../core/plugin.ts";
import { type Receive, readChunks, readIntoBuffers } from "../stream/source.ts";
import { PolledStream } from "./polled.ts";

/** A virtio port gives a page a read. Where a read fills the buffer, libuv reads again without asking epoll first. */
const READ_BYTES = 4096;
/** What is gathered of such reads: what comes behind costs more for each chunk than for its bytes. */
const BUFFER_BYTES = 64 * 1024;

export interface DeviceStream {
  readonly duplex: Duplex;
  /**
   * Gives the device what it takes at once. A virtio port takes 32 KiB a write, and libuv asks epoll after each write that took less
   * than all: that turn of the loop is spared here.
   * @returns the rest, for the stream.
   */
  give(bytes: Uint8Array): Uint8Array;
}

/** @param fd belongs to the stream from here on, which closes it. */
export function deviceStream(fd: number, devices: Devices, receive: Receive): DeviceStream {
  const handle = devices.ready ? undefined : streamHandle(fd);
  if (handle === undefined) {
    const duplex = new PolledStream(fd, devices);
    readChunks(duplex, receive);
    return { duplex, give: (bytes) => bytes };
  }
  const more = (buffer: Uint8Array, from: number) => gather(fd, devices, buffer, from);
  const duplex = readIntoBuffers(handle, BUFFER_BYTES, receive, { readBytes: READ_BYTES, more });
  return { duplex, give: (bytes) => (duplex.destroyed || duplex.writableLength > 0 ? bytes : give(fd, devices, bytes)) };
}

/** Reads until there is no more, or no room. The end and failures are left to the stream, which meets them at its next read. */
function gather(fd: number, devices: Devices, buffer: Uint8Array, from: number): number {
  let filled = from;
  try {
    while (buffer.length - filled >= READ_BYTES) {
      const count = devices.take(fd, buffer.subarray(filled, filled + READ_BYTES)) ?? 0;
      filled += count;
      if (count < READ_BYTES) break;
    }
  } catch {}
  return filled;
}

function give(fd: number, devices: Devices, bytes: Uint8Array): Uint8Array {
  let rest = bytes;
  try {
    while (rest.length > 0) {
      const count = devices.give(fd, rest);
      if (!count) break; // full
      rest = rest.subarray(count);
    }
  } catch {} // the stream meets the same failure, and tells of it
  return rest;
}
