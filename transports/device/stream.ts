/** A byte stream on the descriptor of a character device, which Node's own constructors refuse. */
import type { Duplex } from "node:stream";
import { type Devices, streamHandle } from "../../core/plugin.ts";
import { type Receive, readChunks, readIntoBuffers } from "../stream/source.ts";
import { PolledStream } from "./polled.ts";

/** A virtio port gives a page a read. Where a read fills the buffer, libuv reads again without asking epoll first. */
const BUFFER_BYTES = 4096;

/** @param fd belongs to the stream from here on, which closes it. */
export function deviceStream(fd: number, devices: Devices, receive: Receive): Duplex {
  const handle = devices.ready ? undefined : streamHandle(fd);
  if (handle !== undefined) return readIntoBuffers(handle, BUFFER_BYTES, receive);
  const stream = new PolledStream(fd, devices);
  readChunks(stream, receive);
  return stream;
}
