/** `tcp-listen`: HOST:PORT. What can be reached from elsewhere wants a certificate of its clients, and shows its own. */
import { createServer, type Server, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { Connection, Log, Settings, TlsSettings, Transport } from "../../core/plugin.ts";
import { clientsOf, listening } from "../stream/server.ts";
import { adopt, readChunks } from "../stream/source.ts";
import { type Address, isLoopback, parseAddress, resolve } from "./address.ts";

const BUFFER_BYTES = 64 * 1024;
const KEEP_ALIVE = { keepAlive: true, keepAliveInitialDelay: 60_000 };
const HANDSHAKE_MS = 10_000;

export const tcpListen: Transport = {
  name: "tcp-listen",
  summary: "HOST:PORT; with mutual TLS, without it only on this machine",

  async listen(settings: Settings, log: Log, signal: AbortSignal): Promise<AsyncIterable<Connection>> {
    const { path, tls } = settings;
    try {
      const address = parseAddress(path);
      const host = await resolve(address.host);
      if (tls !== undefined) return await secure({ host, port: address.port }, tls, log, signal);
      if (isLoopback(host)) return await plain({ host, port: address.port }, log, signal);
      throw new Error(
        "others can reach this address, so it needs mutual TLS: give --tls-cert, --tls-key and --tls-ca, or listen on 127.0.0.1",
      );
    } catch (error) {
      throw new Error(`error opening channel '${path}': ${text(error)}`);
    }
  },
};

async function plain(address: Address, log: Log, signal: AbortSignal): Promise<AsyncIterable<Connection>> {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true, ...KEEP_ALIVE });
  const clients = clientsOf(
    server,
    { event: "connection", peerOf: remote, open: (socket, receive) => adopt(socket, BUFFER_BYTES, receive) },
    log,
    signal,
  );
  await listening(server, () => server.listen(address));
  return clients;
}

async function secure(address: Address, settings: TlsSettings, log: Log, signal: AbortSignal): Promise<AsyncIterable<Connection>> {
  const [tls, { readCredentials }] = await Promise.all([import("node:tls"), import("./credentials.ts")]);
  const server: Server = tls.createServer({
    ...readCredentials(settings, log),
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.2",
    handshakeTimeout: HANDSHAKE_MS,
    allowHalfOpen: true,
    noDelay: true,
    ...KEEP_ALIVE,
  });
  server.on("tlsClientError", (error: Error, socket: TLSSocket) => {
    log.warning(`a client was refused${socket.remoteAddress === undefined ? "" : ` (${socket.remoteAddress})`}: ${refusal(error, socket)}`);
  });
  const clients = clientsOf(
    server,
    {
      event: "secureConnection",
      peerOf: (socket) => commonName(socket as TLSSocket),
      open: (socket, receive) => {
        readChunks(socket, receive);
        return socket;
      },
    },
    log,
    signal,
  );
  await listening(server, () => server.listen(address));
  return clients;
}

function remote(socket: Socket): string {
  const { remoteAddress = "gone", remotePort = 0 } = socket;
  return remoteAddress.includes(":") ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

function commonName(socket: TLSSocket): string {
  const { subject } = socket.getPeerCertificate();
  const name: string | string[] | undefined = subject?.CN;
  return (Array.isArray(name) ? name.join("+") : name) || remote(socket);
}

/** OpenSSL's reason alone, or what the client's certificate lacks. */
function refusal(error: Error, socket: TLSSocket): string {
  const { reason } = error as { reason?: string };
  return String(reason ?? socket.authorizationError ?? error.message);
}

function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code } = error as NodeJS.ErrnoException;
  if (code === "EADDRINUSE") return "another process listens there";
  if (code === "EADDRNOTAVAIL") return "this machine does not have that address";
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return "the name has no address";
  return error.message;
}
