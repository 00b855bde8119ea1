/** The ways to a guest's vsock: by the kernel, or by the unix socket that a hypervisor without vhost-vsock offers in its place. */
import { Socket, type SocketConstructorOpts } from "node:net";
import { CallError } from "./call-error.ts";

/** @throws CallError or OsError if nobody can be reached there. */
export async function connectVsock(cid: number, port: number): Promise<Socket> {
  const [{ LinuxVsockSockets }, { streamHandle }] = await Promise.all([import("../os/linux/vsock.ts"), import("../os/pipe-handle.ts")]);
  const sockets = new LinuxVsockSockets();
  const fd = await sockets.connect({ cid, port });
  const handle = streamHandle(fd);
  // Its type is not Node's public one, but this is how Node's own servers make their sockets.
  if (handle !== undefined) return new Socket({ handle: handle as unknown as NonNullable<SocketConstructorOpts["handle"]> });
  sockets.close(fd);
  throw new CallError("this JavaScript runtime can't use a vsock: run lodger's executable, or Node.js");
}

/** What is longer is no answer to it. */
const MAX_GREETING_BYTES = 64;

/**
 * Asks cloud-hypervisor or Firecracker for a port of the guest.
 * @param socket connected, and nothing of it read.
 * @throws CallError if it is not opened.
 */
export async function openGuestPort(socket: Socket, port: number): Promise<void> {
  socket.write(`CONNECT ${port}\n`);
  const greeting = await line(socket);
  if (greeting === undefined) {
    throw new CallError(
      `the hypervisor opens no port ${port} of the guest: does an agent run there with --method=vsock-listen --path=4294967295:${port}?`,
    );
  }
  if (!/^OK \d+$/.test(greeting))
    throw new CallError("this is not the vsock of cloud-hypervisor or Firecracker: it doesn't answer CONNECT");
}

/** Reads no byte beyond it. @returns undefined at the end of the stream. */
async function line(socket: Socket): Promise<string | undefined> {
  let text = "";
  while (text.length < MAX_GREETING_BYTES) {
    const byte: Buffer | null = socket.read(1);
    if (byte === null) {
      if (socket.readableEnded || socket.destroyed) return undefined;
      await readable(socket);
    } else if (byte[0] === 0x0a) return text;
    else text += byte.toString("latin1");
  }
  return text;
}

function readable(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      for (const event of EVENTS) socket.off(event, done);
      resolve();
    };
    for (const event of EVENTS) socket.on(event, done);
  });
}

const EVENTS = ["readable", "end", "close"] as const;
