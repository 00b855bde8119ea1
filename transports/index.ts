/** The transports that are built in. */
import { Devices, definePlugin, VsockSockets } from "../core/plugin.ts";
import { isaSerial } from "./isa-serial/index.ts";
import { namedPipe } from "./named-pipe/index.ts";
import { tcpListen } from "./tcp-listen/index.ts";
import { unixListen } from "./unix-listen/index.ts";
import { virtioSerial } from "./virtio-serial/index.ts";
import { vsockListen } from "./vsock-listen/index.ts";

export const transportPlugins = [
  definePlugin({ name: "virtio-serial", needs: { devices: Devices }, transports: ({ devices }) => [virtioSerial(devices)] }),
  definePlugin({ name: "isa-serial", needs: { devices: Devices }, transports: ({ devices }) => [isaSerial(devices)] }),
  definePlugin({
    name: "unix-listen",
    needs: { devices: Devices },
    transports: ({ devices }) => [process.platform === "win32" ? namedPipe(devices) : unixListen],
  }),
  definePlugin({ name: "vsock-listen", needs: { sockets: VsockSockets }, transports: ({ sockets }) => [vsockListen(sockets)] }),
  definePlugin({ name: "tcp-listen", transports: () => [tcpListen] }),
];
