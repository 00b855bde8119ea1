/** Accepts clients on a descriptor that Node's own servers refuse. */
import type { Duplex } from "node:stream";
import { getSystemErrorName } from "node:util";
import type { ServerHandle, StreamHandle, VsockSockets } from "../../core/plugin.ts";
import { PolledStream } from "../device/polled.ts";
import { type Receive, readChunks, readIntoBuffers } from "../stream/source.ts";

/** A packet of virtio's vsock has at most so many bytes. */
const BUFFER_BYTES = 64 * 1024;
const BACKLOG = 511;
const POLL_MS = 50;

/** Who has connected and is neither served nor sent away yet. */
export interface Arrival {
  readonly fd: number;
  /** Serves it: its bytes go to `receive`. */
  readonly open: (receive: Receive) => Duplex;
  readonly close: () => void;
}

export interface Reports {
  readonly arrived: (arrival: Arrival) => void;
  /** A client could not be accepted; the next one may be. */
  readonly failed: (error: unknown) => void;
}

/** @returns what ends it. @throws Error if the socket can't listen; it is closed then. */
export function acceptByHandle(server: ServerHandle, { arrived, failed }: Reports): () => void {
  server.onconnection = (status, client) => {
    if (client === undefined) failed(new Error(getSystemErrorName(status)));
    else arrived({ fd: client.fd, open: (receive) => openHandle(client, receive), close: () => client.close() });
  };
  const status = server.listen(BACKLOG); // it listens already, but only this makes libuv watch it
  if (status < 0) {
    server.close();
    throw new Error(`listen ${getSystemErrorName(status)}`);
  }
  return () => server.close();
}

function openHandle(client: StreamHandle, receive: Receive): Duplex {
  return readIntoBuffers(client, BUFFER_BYTES, receive);
}

/**
 * For runtimes without that handle.
 * @param fd listens, and belongs to the acceptor from here on.
 * @returns what ends it.
 */
export function acceptByPolling(fd: number, sockets: VsockSockets, { arrived, failed }: Reports): () => void {
  const acceptAll = () => {
    try {
      for (let client = sockets.accept(fd); client !== undefined; client = sockets.accept(fd)) arrived(polled(client, sockets));
    } catch (error) {
      failed(error);
    }
  };
  const timer = setInterval(acceptAll, POLL_MS);
  return () => {
    clearInterval(timer);
    sockets.close(fd);
  };
}

function polled(fd: number, sockets: VsockSockets): Arrival {
  const open = (receive: Receive) => {
    const stream = new PolledStream(fd, sockets);
    readChunks(stream, receive);
    return stream;
  };
  return { fd, open, close: () => sockets.close(fd) };
}
