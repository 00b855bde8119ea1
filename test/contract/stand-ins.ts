/** What stands in for devices and clients that this machine does not have. The real virtio port is proved by the guest test. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { Socket } from "node:net";
import { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { LinuxDevices } from "../../core/os/linux/devices.ts";
import { AF_UNIX, close, dup2, setNonBlocking } from "../../core/os/linux/libc.ts";
import { lastError } from "../../core/os/linux/library.ts";
import { native } from "../../core/os/native.ts";

const SOCK_STREAM_CLOEXEC = 1 | 0o2000000;

/** A terminal whose other end is the test's: socat holds it open. */
export interface Terminal {
  readonly client: Duplex;
  /** Takes the device away, as an unplugged port is. */
  unplug(): Promise<void>;
}

export async function terminal(path: string): Promise<Terminal> {
  const socat = spawn("socat", ["-b65536", `PTY,link=${path},raw,echo=0`, "STDIO"], { stdio: ["pipe", "pipe", "ignore"] });
  const gone = new Promise<void>((resolve, reject) => {
    socat.once("exit", () => resolve());
    socat.once("error", (error) => reject(new Error(`this test needs socat: ${error.message}`)));
  });
  gone.catch(() => {});
  for (let i = 0; !existsSync(path); i++) {
    if (i === 200 || socat.pid === undefined) throw new Error("socat made no terminal");
    await pause(10);
  }
  const client = Duplex.from({ readable: socat.stdout, writable: socat.stdin });
  const unplug = async () => {
    socat.kill();
    await gone;
  };
  client.once("close", () => socat.kill());
  client.on("error", () => {}); // it goes when socat does
  return { client, unplug };
}

/**
 * A port like those of virtio: opened once, at its end while no host is there, and alive again when one comes. Each host is one end of
 * a pair of sockets, whose other end takes the place of the port's descriptor.
 */
export class StandInPort extends LinuxDevices {
  /** As a virtio port whose host has left while we write: it takes nothing and says so. */
  hungUp = false;
  /** Whether a host is there when the agent opens the port. */
  #early: Socket | undefined;
  #fd: number | undefined;

  override open(): number {
    const { ours, theirs } = pair();
    this.#fd = theirs;
    setNonBlocking(theirs, true);
    this.#early = new Socket({ fd: ours, allowHalfOpen: true });
    this.#early.destroy(); // nobody is there yet
    return theirs;
  }

  /** Nothing tells of a host that comes by dup2(). */
  override changed(fd: number, _withinMs: number, signal: AbortSignal): Promise<void> {
    return super.changed(fd, 50, signal);
  }

  override isHungUp(fd: number): boolean {
    return this.hungUp || super.isHungUp(fd);
  }

  connect(): Socket {
    if (this.#fd === undefined) throw new Error("the port is not open");
    const { ours, theirs } = pair();
    setNonBlocking(theirs, true);
    const host = new Socket({ fd: ours });
    dup2(theirs, this.#fd);
    close(theirs);
    return host;
  }
}

function pair(): { readonly ours: number; readonly theirs: number } {
  const ends = new Int32Array(2);
  const socketpair = native().load(null).func("int socketpair(int, int, int, void *)") as (
    domain: number,
    type: number,
    protocol: number,
    ends: Int32Array,
  ) => number;
  if (socketpair(AF_UNIX, SOCK_STREAM_CLOEXEC, 0, ends) < 0) throw lastError("socketpair");
  return { ours: ends[0] ?? -1, theirs: ends[1] ?? -1 };
}

/** A listening unix socket that nobody in this process accepts on, as systemd makes them. */
export function listeningSocket(path: string): number {
  const library = native().load(null);
  const socket = library.func("int socket(int, int, int)") as (domain: number, type: number, protocol: number) => number;
  const bind = library.func("int bind(int, void *, uint)") as (fd: number, address: Buffer, length: number) => number;
  const listen = library.func("int listen(int, int)") as (fd: number, backlog: number) => number;
  const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(path), Buffer.of(0)]);
  const fd = socket(AF_UNIX, SOCK_STREAM_CLOEXEC, 0);
  if (fd < 0 || bind(fd, address, address.length) < 0 || listen(fd, 5) < 0) throw lastError("listen");
  return fd;
}
