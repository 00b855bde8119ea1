/** `unix-listen`: many clients at once on a unix socket that only its owner can reach. */
import { createServer } from "node:net";
import type { Connection, Log, Settings, Transport } from "../../core/plugin.ts";
import { clientsOf, inheritedSocket, listening } from "../stream/server.ts";
import { adopt } from "../stream/source.ts";
import { makeWay, privately } from "./socket-file.ts";

/** A default socket buffer, once full, is emptied by one read. What is not used of it is never touched. */
const BUFFER_BYTES = 256 * 1024;

export const unixListen: Transport = {
  name: "unix-listen",
  summary: "a unix socket, mode 0600, for any number of clients",

  async listen(settings: Settings, log: Log, signal: AbortSignal): Promise<AsyncIterable<Connection>> {
    const { path } = settings;
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    const clients = clientsOf(
      server,
      {
        event: "connection",
        peerOf: (_, count) => `${path}#${count}`,
        open: (socket, receive) => adopt(socket, BUFFER_BYTES, receive),
      },
      log,
      signal,
    );
    const inherited = inheritedSocket(path);
    try {
      if (inherited !== undefined) {
        await listening(server, () => server.listen({ fd: inherited }));
      } else {
        await makeWay(path);
        await listening(server, () => privately(() => server.listen({ path })));
      }
    } catch (error) {
      throw new Error(`error opening channel '${path}': ${error instanceof Error ? error.message : error}`);
    }
    return clients;
  },
};
