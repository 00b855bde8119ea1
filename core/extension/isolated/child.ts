/** The process of an isolated plugin: this program, started again. It loads one plugin and runs it as the agent says. */
import { Socket, type SocketConnectOpts } from "node:net";
import { Channel } from "./channel.ts";
import { closeInherited, settle, yieldToOthers } from "./child-setup.ts";
import { declarationOf } from "./declaration.ts";
import { failureOf } from "./failure.ts";
import { MAX_FRAME_BYTES } from "./frames.ts";
import { HostedPlugin } from "./hosted-plugin.ts";
import { CHANNEL_FD, type FromChild, type OpenOrder, type ToChild } from "./messages.ts";

/** Bun's constructor takes a descriptor and never reads it; its `connect` does. */
function inherited(fd: number): Socket {
  return process.versions.bun === undefined ? new Socket({ fd }) : new Socket().connect({ fd } as unknown as SocketConnectOpts);
}

/** Never resolves: the process ends with the channel. */
export function runPluginHost(): Promise<number> {
  const parent = process.ppid;
  closeInherited();
  let plugin: HostedPlugin | undefined;
  const channel = new Channel(
    inherited(CHANNEL_FD),
    {
      message: (message) => receive(message as ToChild),
      // Not `exit`, for which the plugin may have handlers, and which waits for threads that hang.
      closed: () => process.kill(process.pid, "SIGKILL"),
    },
    () => MAX_FRAME_BYTES,
  );
  const send = (message: FromChild, written?: () => void) => channel.send(message, written);

  const open = async (order: OpenOrder) => {
    settle(order, parent);
    plugin = await HostedPlugin.load(order, send);
    const declaration = declarationOf(plugin.definition);
    yieldToOthers();
    return declaration;
  };

  function receive(message: ToChild): void {
    switch (message.type) {
      case "beat":
        send({ type: "beat" });
        return;
      case "abort":
        plugin?.abort(message.id);
        return;
      case "folder":
        plugin?.gotFolder(message);
        return;
      case "open":
        answer(message.id, () => open(message.order));
        return;
      case "start":
        answer(message.id, () => plugin?.start(message.options));
        return;
      case "supported":
        answer(message.id, () => plugin?.supported(message.command));
        return;
      case "stop":
        answer(message.id, () => plugin?.stop());
        return;
      case "call":
        answer(
          message.id,
          () => plugin?.call(message),
          () => plugin?.answered(message.id),
        );
    }
  }

  function answer(id: number, work: () => unknown, written?: () => void): void {
    // Begun at once: what is said next may be that it is given up.
    (async () => work())()
      .then((value) => send({ type: "result", id, value }, written))
      .catch((error: unknown) => send({ type: "error", id, error: failureOf(error) }, written));
  }

  return new Promise(() => undefined);
}
