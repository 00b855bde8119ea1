/** What only `tcp-listen` has: who may listen where, and whose certificate is taken. Nothing here leaves this machine. */
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TlsSettings } from "../../core/plugin.ts";
import { tcpListen } from "../../transports/tcp-listen/index.ts";
import { connected, connectedByTls, freePort } from "./clients.ts";
import { makeTlsFiles, type TlsFiles } from "./tls-files.ts";
import { logInto, settingsFor, startBench } from "./transport-bench.ts";

let directory: string;
let files: TlsFiles;
let tls: TlsSettings;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "lodger-tcp-"));
  files = makeTlsFiles(directory);
  tls = { ...files.agent, authorities: files.authority };
});

afterAll(() => rmSync(directory, { recursive: true }));

const refusal = async (path: string, more: { tls?: TlsSettings } = {}) => {
  const controller = new AbortController();
  const error = await tcpListen.listen(settingsFor("tcp-listen", path, more), logInto([]), controller.signal).then(
    () => undefined,
    (failure: Error) => failure.message,
  );
  controller.abort();
  return error;
};

describe("where it listens", () => {
  test("only on this machine without TLS", async () => {
    for (const address of ["0.0.0.0:7600", "[::]:7600", "192.0.2.77:7600"]) {
      expect(await refusal(address)).toContain(`error opening channel '${address}': others can reach this address, so it needs mutual TLS`);
    }
    const port = await freePort();
    for (const address of [`127.0.0.2:${port}`, `localhost:${port}`]) expect(await refusal(address)).toBeUndefined();
  });

  test("says what is wrong with the address", async () => {
    for (const address of ["7600", "127.0.0.1", "127.0.0.1:http", "::1:7600", "127.0.0.1:70000", "", "[::1:7600"]) {
      expect(await refusal(address)).toContain("is not HOST:PORT");
    }
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    expect(await refusal(`127.0.0.1:${port}`)).toBe(`error opening channel '127.0.0.1:${port}': another process listens there`);
    server.close();
  });
});

describe("TLS", () => {
  const start = async () => {
    const port = await freePort();
    const bench = await startBench(
      tcpListen,
      settingsFor("tcp-listen", `0.0.0.0:${port}`, { tls }),
      () => connectedByTls(port, files, files.client),
      () => {},
    );
    return { bench, port };
  };

  test("names the client by its certificate", async () => {
    const { bench } = await start();
    await bench.connect();
    expect((await bench.next()).peer).toBe("client");
    await bench.end();
  });

  test("takes no client without a certificate of the authorities, and none that speaks plainly", async () => {
    const { bench, port } = await start();
    const refused = (client: Socket) =>
      new Promise<void>((resolve) => {
        client.once("end", () => resolve()).once("close", () => resolve());
        client.resume();
      });
    for (const pair of [undefined, files.stranger]) {
      const client = await connectedByTls(port, files, pair).catch(() => undefined);
      if (client === undefined) continue;
      await refused(client); // TLS 1.3 tells a client late
      client.destroy();
    }
    const plain = await connected({ host: "127.0.0.1", port });
    plain.write('{"execute":"guest-ping"}\n');
    await refused(plain);
    plain.destroy();
    await expect
      .poll(() => bench.logged.filter((line) => line.startsWith("warning: a client was refused")))
      .toEqual([
        expect.stringContaining("peer did not return a certificate"),
        expect.stringContaining("DEPTH_ZERO_SELF_SIGNED_CERT"),
        expect.stringContaining("wrong version number"),
      ]);
    await bench.connect();
    expect((await bench.next()).peer).toBe("client"); // nobody came before
    await bench.end();
  });

  test("speaks no old version", async () => {
    const { bench, port } = await start();
    const options = { host: "127.0.0.1", port, rejectUnauthorized: false, ciphers: "DEFAULT@SECLEVEL=0" };
    const client = connectTls({ ...options, minVersion: "TLSv1", maxVersion: "TLSv1.1" });
    const [error] = (await once(client, "error")) as [Error];
    expect(error.message).toMatch(/protocol version/i);
    await bench.end();
  });

  test("names the file that is bad, and what is wrong with it", async () => {
    const address = "0.0.0.0:7600";
    const rubbish = join(directory, "rubbish.pem");
    const damaged = join(directory, "damaged.pem");
    writeFileSync(rubbish, "rubbish");
    writeFileSync(damaged, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    const missing = join(directory, "missing.pem");
    const cases: [Partial<TlsSettings>, string][] = [
      [{ certificate: missing }, `the TLS certificate '${missing}' can't be read: it is not there`],
      [{ certificate: rubbish }, `the TLS certificate '${rubbish}' has no certificate in PEM form`],
      [{ certificate: damaged }, `the TLS certificate '${damaged}' has a damaged certificate`],
      [{ key: missing }, `the TLS key '${missing}' can't be read: it is not there`],
      [{ key: rubbish }, `the TLS key '${rubbish}' is no private key in PEM form`],
      [{ key: files.client.key }, `the TLS key '${files.client.key}' does not belong to the certificate '${tls.certificate}'`],
      [{ authorities: directory }, `the TLS authorities file '${directory}' can't be read: EISDIR`],
      [{ authorities: rubbish }, `the TLS authorities file '${rubbish}' has no certificate in PEM form`],
    ];
    for (const [change, text] of cases) {
      const error = await refusal(address, { tls: { ...tls, ...change } });
      expect(error).toContain(`error opening channel '${address}': ${text}`);
      expect(error).not.toContain("\n");
    }
  });
});
