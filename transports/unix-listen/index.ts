/** `unix-listen`: many clients at once on a unix socket that only its owner can reach. */
import { createServer } from "node:net";
import type { Connection, Log, Settings, Transport } from "../../core/plugin.ts";
import { clientsOf, listening } from "../stream/server.ts";
import { adopt } from "../stream/source.ts";
import { makeWay, privately } from "./socket-file.ts";

/** A default socket buffer, once full, is emptied by one read. What is not used of it is never touched. */
const BUFFER_BYTES = 256 * 1024;

/** A socket that the agent was started with (systemd's socket activation) has its descriptor for a path. */
const INHERITED = /^\/dev\/fd\/(\d+)$/;

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
    const inherited = INHERITED.exec(path)?.[1];
    try {
      if (inherited !== undefined) {
        await listening(server, () => server.listen({ fd: Number(inherited) }));
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
