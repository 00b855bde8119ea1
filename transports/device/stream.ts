/** A byte stream on the descriptor of a character device, which Node's own constructors refuse. */
import type { Duplex } from "node:stream";
import type { Devices } from "../../core/plugin.ts";
import { type Handle, type Receive, readChunks, readIntoBuffers } from "../stream/source.ts";
import { PolledStream } from "./polled.ts";

/** A virtio port gives a page a read. Where a read fills the buffer, libuv reads again without asking epoll first. */
const BUFFER_BYTES = 4096;

interface PipeHandle extends Handle {
  open(fd: number): number | undefined;
}

interface PipeWrap {
  readonly Pipe: new (type: number) => PipeHandle;
  readonly constants: { readonly SOCKET: number };
}

/** @param fd belongs to the stream from here on, which closes it. */
export function deviceStream(fd: number, devices: Devices, receive: Receive): Duplex {
  const handle = pipeHandle(fd);
  if (handle !== undefined) return readIntoBuffers(handle, BUFFER_BYTES, receive);
  const stream = new PolledStream(fd, devices);
  readChunks(stream, receive);
  return stream;
}

/** Node's own handle for pipes takes any descriptor that epoll takes. It is internal: undefined where it is missing or refuses. */
function pipeHandle(fd: number): Handle | undefined {
  try {
    const { Pipe, constants } = (process as unknown as { binding(name: string): unknown }).binding("pipe_wrap") as PipeWrap;
    const handle = new Pipe(constants.SOCKET);
    if (typeof handle.useUserBuffer !== "function") return undefined;
    return (handle.open(fd) ?? 0) === 0 ? handle : undefined;
  } catch {
    return undefined;
  }
}
