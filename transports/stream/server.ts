/** A listening socket of Node's whose clients become connections. */
import type { Server, Socket } from "node:net";
import type { Connection, Log } from "../../core/plugin.ts";
import { Clients } from "./clients.ts";
import type { Receive } from "./source.ts";

interface Kind {
  /** The server's event for a client. */
  readonly event: "connection" | "secureConnection";
  /** @param count of clients so far. */
  readonly peerOf: (socket: Socket, count: number) => string;
  /** Takes the client's socket over and says which one to use. */
  readonly open: (socket: Socket, receive: Receive) => Socket;
}

/** A socket that the agent was started with (systemd's socket activation) has its descriptor for a path. */
const INHERITED = /^\/dev\/fd\/(\d+)$/;

/** @returns the descriptor that the path stands for, if it does. */
export function inheritedSocket(path: string): number | undefined {
  const digits = INHERITED.exec(path)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/**
 * Starts to listen.
 * @param start calls `server.listen`.
 * @throws what `listen` failed with.
 */
export async function listening(server: Server, start: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.off("error", reject);
      resolve();
    });
    start();
  });
}

/** The clients of a server, one by one, until the signal fires; then nothing of it is left. Call it before `listening`. */
export function clientsOf(server: Server, kind: Kind, log: Log, signal: AbortSignal): AsyncIterable<Connection> {
  const clients = new Clients(() => server.close(), signal);
  let count = 0;
  server.on(kind.event, (socket: Socket) => {
    count += 1;
    clients.add(kind.peerOf(socket, count), (receive) => kind.open(socket, receive));
  });
  server.once("listening", () => server.on("error", (error) => log.warning(`accepting a client failed: ${error.message}`)));
  return clients;
}
