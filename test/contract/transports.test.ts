/** Every transport under the same suite, then what only one of them has. */
import { mkdtempSync, rmSync } from "node:fs";
import { connect as connectSocket, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll } from "vitest";
import { LinuxDevices } from "../../core/os/linux/devices.ts";
import { isaSerial } from "../../transports/isa-serial/index.ts";
import { tcpListen } from "../../transports/tcp-listen/index.ts";
import { unixListen } from "../../transports/unix-listen/index.ts";
import { virtioSerial } from "../../transports/virtio-serial/index.ts";
import { StandInPort, terminal } from "./stand-ins.ts";
import { clientOptions, makeTlsFiles, type TlsFiles } from "./tls-files.ts";
import { settingsFor, startBench } from "./transport-bench.ts";
import { transportCompliance } from "./transport-compliance.ts";

const MIB = 1024 * 1024;

let directory: string;
let tlsFiles: TlsFiles;
let count = 0;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-transports-"));
  tlsFiles = makeTlsFiles(directory);
});

afterAll(() => rmSync(directory, { recursive: true }));

const fresh = (name: string) => join(directory, `${name}-${count++}`);

transportCompliance({
  name: "unix-listen",
  many: true,
  halves: true,
  returns: true,
  bytes: 24 * MIB,
  start: () => {
    const path = fresh("socket");
    return startBench(
      unixListen,
      settingsFor("unix-listen", path),
      () => opened(connectSocket({ path, allowHalfOpen: true }), "connect"),
      () => {},
    );
  },
});

transportCompliance({
  name: "tcp-listen on loopback",
  many: true,
  halves: true,
  returns: true,
  bytes: 24 * MIB,
  start: async () => {
    const port = await freePort();
    return startBench(
      tcpListen,
      settingsFor("tcp-listen", `127.0.0.1:${port}`),
      () => opened(connectSocket({ host: "127.0.0.1", port, allowHalfOpen: true }), "connect"),
      () => {},
    );
  },
});

transportCompliance({
  name: "tcp-listen with TLS",
  many: true,
  halves: true,
  returns: true,
  bytes: 24 * MIB,
  start: async () => {
    const port = await freePort();
    const { certificate, key } = tlsFiles.agent;
    return startBench(
      tcpListen,
      settingsFor("tcp-listen", `0.0.0.0:${port}`, { tls: { certificate, key, authorities: tlsFiles.authority } }),
      () =>
        opened(connectTls({ host: "127.0.0.1", port, allowHalfOpen: true, ...clientOptions(tlsFiles, tlsFiles.client) }), "secureConnect"),
      () => {},
    );
  },
});

transportCompliance({
  name: "virtio-serial on a stand-in port",
  many: false,
  halves: false,
  returns: true,
  bytes: 8 * MIB,
  start: () => {
    const port = new StandInPort();
    return startBench(
      virtioSerial(port),
      settingsFor("virtio-serial", "/stand-in"),
      async () => port.connect(),
      () => {},
    );
  },
});

for (const [name, transport] of [
  ["virtio-serial", virtioSerial(new LinuxDevices())],
  ["isa-serial", isaSerial(new LinuxDevices())],
] as const) {
  transportCompliance({
    name: `${name} on a terminal`,
    many: false,
    halves: false,
    returns: false,
    bytes: MIB,
    start: async () => {
      const path = fresh("terminal");
      const { client, unplug } = await terminal(path);
      return startBench(transport, settingsFor(name, path), async () => client, unplug);
    },
  });
}

function opened<T extends Duplex>(client: T, event: string): Promise<T> {
  return new Promise((resolve, reject) => {
    client.once(event, () => resolve(client));
    client.once("error", reject);
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
