/** `unix-listen` on Windows: many clients at once on a named pipe, which only the system, administrators and the agent's user can open. */
import { connect, createServer, type Socket } from "node:net";
import type { Devices, Transport } from "../../core/plugin.ts";
import { clientsOf, listening } from "../stream/server.ts";
import { readChunks } from "../stream/source.ts";

const PATH = /^\\\\[.?]\\pipe\\[^\\/]+$/i;

const TAKEN = "another process has this pipe; end it or choose another name";

export const namedPipe = (devices: Devices): Transport => ({
  name: "unix-listen",
  summary: "a named pipe, for the system and administrators, for any number of clients",

  async listen({ path }, log, signal) {
    if (!PATH.test(path)) throw new Error(`error opening channel '${path}': on Windows this is a named pipe: \\\\.\\pipe\\NAME`);
    const server = createServer({ pauseOnConnect: true, allowHalfOpen: true });
    const clients = clientsOf(
      server,
      {
        event: "connection",
        peerOf: (_, count) => `${path}#${count}`,
        open: (socket: Socket, receive) => {
          readChunks(socket, receive);
          socket.resume();
          return socket;
        },
      },
      log,
      signal,
    );
    try {
      if (await isServed(path)) throw new Error(TAKEN);
      await listening(server, () => server.listen({ path }));
      devices.restrictPipe?.(path);
    } catch (error) {
      server.close();
      throw new Error(`error opening channel '${path}': ${explain(error)}`);
    }
    return clients;
  },
});

/** Windows itself lets nobody else make the pipe that is there; Wine does. */
async function isServed(path: string): Promise<boolean> {
  const socket = connect({ path });
  const served = await new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", ({ code }: NodeJS.ErrnoException) => resolve(code !== "ENOENT"));
  });
  socket.destroy();
  return served;
}

function explain(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return "code" in error && error.code === "EADDRINUSE" ? TAKEN : error.message;
}
