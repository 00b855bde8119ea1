/** Every transport under the same suite, then what only one of them has. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { LinuxDevices } from "../../core/os/linux/devices.ts";
import { isaSerial } from "../../transports/isa-serial/index.ts";
import { tcpListen } from "../../transports/tcp-listen/index.ts";
import { unixListen } from "../../transports/unix-listen/index.ts";
import { virtioSerial } from "../../transports/virtio-serial/index.ts";
import { connected, connectedByTls, freePort } from "./clients.ts";
import { StandInPort, terminal } from "./stand-ins.ts";
import { makeTlsFiles, type TlsFiles } from "./tls-files.ts";
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
      () => connected({ path }),
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
      () => connected({ host: "127.0.0.1", port }),
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
      () => connectedByTls(port, tlsFiles, tlsFiles.client),
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
    inFlight: 2000,
    start: async () => {
      const path = fresh("terminal");
      const { client, unplug } = await terminal(path);
      return startBench(transport, settingsFor(name, path), async () => client, unplug);
    },
  });
}
