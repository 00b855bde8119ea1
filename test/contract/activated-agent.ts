/** Started by a test with a listening socket as descriptor 3, as systemd does: says which channel that is, and echoes on it. */
import { endSignal } from "../../core/process/exit.ts";
import { activatedSocket } from "../../core/process/socket-activation.ts";
import { unixListen } from "../../transports/unix-listen/index.ts";
import { logInto, settingsFor } from "./transport-bench.ts";

process.env.LISTEN_PID = String(process.pid); // known to nobody before the start but systemd, which forks
try {
  const socket = activatedSocket();
  if (socket === undefined) throw new Error("no socket");
  const clients = await unixListen.listen(
    settingsFor(socket.method, socket.path),
    logInto([]),
    endSignal(async () => {}),
  );
  process.stdout.write(`${socket.method} ${socket.path} ${process.env.LISTEN_FDS}\n`);
  for await (const client of clients) {
    void (async () => {
      for await (const chunk of client.bytes) await client.send(Buffer.from(chunk));
      client.close();
    })();
  }
} catch (error) {
  process.stdout.write(`error: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
