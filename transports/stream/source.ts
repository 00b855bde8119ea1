/**
 * How bytes get from a socket to an inbox: where the runtime allows it, they are read into two buffers that are used in turn, so that
 * traffic makes no garbage. Otherwise by the stream's own chunks.
 */
import { Socket, type SocketConstructorOpts } from "node:net";
import type { Duplex } from "node:stream";

/** @returns false if the source shall stop until it is resumed. */
export type Receive = (chunk: Uint8Array) => boolean;

/** What Node keeps under a socket; opaque but for the one function that shows that it can read into our buffers. */
export interface Handle {
  useUserBuffer?(buffer: Uint8Array): void;
}

interface Inner {
  _handle: Handle | null;
}

/** For sources that give little a read: what else waits there is read in one go, and handed on as one chunk. */
export interface Gathering {
  /** As much as one read gives. */
  readonly readBytes: number;
  /**
   * Called when a read has given as much.
   * @param from where in the buffer there is room.
   * @returns up to where the buffer is full.
   */
  readonly more: (buffer: Uint8Array, from: number) => number;
}

/** Reads by the stream's own chunks. */
export function readChunks(stream: Duplex, receive: Receive): void {
  stream.on("data", (chunk: Uint8Array) => {
    if (!receive(chunk)) stream.pause();
  });
}

/**
 * A socket on a handle of Node's, read into two buffers in turn: one can be looked at while the other is filled. Their memory is
 * not touched before it is used.
 */
export function readIntoBuffers(handle: Handle, bytes: number, receive: Receive, gathering?: Gathering): Socket {
  const readBytes = gathering?.readBytes ?? bytes;
  let current = Buffer.allocUnsafeSlow(bytes);
  let other = Buffer.allocUnsafeSlow(bytes);
  const options: SocketConstructorOpts = {
    allowHalfOpen: true,
    readable: true,
    writable: true,
    onread: {
      buffer: () => {
        [current, other] = [other, current];
        return current.subarray(0, readBytes);
      },
      callback: (count) => {
        const filled = gathering && count === readBytes ? gathering.more(current, count) : count;
        return receive(current.subarray(0, filled));
      },
    },
  };
  // Its type is not Node's public one, but this is how Node's own servers make their sockets.
  return new Socket({ ...options, handle: handle as unknown as NonNullable<SocketConstructorOpts["handle"]> });
}

/** @param accepted a socket of a server with `pauseOnConnect`. @returns the socket to use instead. */
export function adopt(accepted: Socket, bytes: number, receive: Receive): Socket {
  const inner = accepted as unknown as Inner;
  const handle = inner._handle;
  if (typeof handle?.useUserBuffer !== "function") {
    readChunks(accepted, receive);
    accepted.resume();
    return accepted;
  }
  inner._handle = null; // it is ours now; the server stops counting the one that it made
  accepted.destroy();
  return readIntoBuffers(handle, bytes, receive);
}
