/** A listening socket whose clients become connections. */
import type { Server, Socket } from "node:net";
import type { Connection, Log } from "../../core/plugin.ts";
import { StreamConnection } from "./connection.ts";
import type { Receive } from "./source.ts";

/** How long what was sent may take to leave when the agent ends. */
const LEAVE_MS = 300;

interface Kind {
  /** The server's event for a client. */
  readonly event: "connection" | "secureConnection";
  /** @param count of clients so far. */
  readonly peerOf: (socket: Socket, count: number) => string;
  /** Takes the client's socket over and says which one to use. */
  readonly open: (socket: Socket, receive: Receive) => Socket;
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
  const open = new Set<StreamConnection>();
  const arrived: Connection[] = [];
  let wake: (() => void) | undefined;
  let ended = false;
  let count = 0;

  server.on(kind.event, (socket: Socket) => {
    count += 1;
    const connection = new StreamConnection(kind.peerOf(socket, count), (receive) => kind.open(socket, receive));
    open.add(connection);
    void connection.closed.then(() => open.delete(connection));
    arrived.push(connection);
    wake?.();
  });
  const end = () => {
    ended = true;
    server.close();
    for (const connection of open) connection.close(LEAVE_MS);
    wake?.();
  };
  server.once("listening", () => server.on("error", (error) => log.warning(`accepting a client failed: ${error.message}`)));
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });

  return (async function* () {
    for (;;) {
      for (let next = arrived.shift(); next !== undefined; next = arrived.shift()) yield next;
      if (ended) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
  })();
}
