/**
 * What stands in for vsock on a machine that has none: a unix socket takes the place of the one of AF_VSOCK, all else is real. The real
 * one is proved by the guest test.
 */
import { LinuxVsockSockets } from "../../core/os/linux/vsock.ts";
import type { VsockAddress } from "../../core/plugin.ts";
import { listeningSocket } from "./stand-ins.ts";

export class StandInVsock extends LinuxVsockSockets {
  /** Who the next client is, or why that can't be told; undefined for what the kernel says of it. */
  next: VsockAddress | Error | undefined = { cid: 2, port: 40_000 };
  /** Where the agent listens: what it was asked for. */
  address: VsockAddress | undefined;
  readonly #path: string;

  /** @param path of the unix socket. */
  constructor(path: string) {
    super();
    this.#path = path;
  }

  override listen(address: VsockAddress): number {
    this.address = address;
    const fd = listeningSocket(this.#path);
    this.inherit(fd);
    return fd;
  }

  override peer(fd: number): VsockAddress {
    if (this.next instanceof Error) throw this.next;
    return this.next ?? super.peer(fd);
  }
}
