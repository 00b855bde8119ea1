/** Sockets between a virtual machine and its host (AF_VSOCK), which Node does not know. */
import { Token } from "../token.ts";

export interface VsockAddress {
  /** Which machine: 1 is the one that asks, 2 its host, 4294967295 stands for any of its own. */
  readonly cid: number;
  readonly port: number;
}

/** No descriptor that is made here waits, and no child process inherits it. Failures are `OsError`; its `call` is the one that failed. */
export interface VsockSockets {
  /** @returns the descriptor of a socket on which clients can be accepted. */
  listen(address: VsockAddress): number;
  /** As `listen`, for a bound socket that the process was started with. */
  inherit(fd: number): void;
  /** @returns a client's descriptor, or undefined if none waits. */
  accept(fd: number): number | undefined;
  /** Connects, which the kernel gives up after two seconds. @returns the descriptor. */
  connect(address: VsockAddress): Promise<number>;
  /** Who is at the other end. @throws OsError ENOTCONN if nobody is any more, EAFNOSUPPORT for a socket of another family. */
  peer(fd: number): VsockAddress;
  /** @returns how many bytes have come and are in `into` now, 0 at the end, undefined if there is nothing yet. */
  take(fd: number, into: Uint8Array): number | undefined;
  /** @returns how many bytes were taken, undefined if none can be now. */
  give(fd: number, from: Uint8Array): number | undefined;
  /** Tells the other end that nothing more will come. */
  finish(fd: number): void;
  close(fd: number): void;
}

export const VsockSockets = new Token<VsockSockets>("vsock-sockets");
