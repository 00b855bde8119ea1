/** Clients of the transports that are sockets. */
import { readFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Pair, TlsFiles } from "./tls-files.ts";

export function connected(where: { readonly path: string } | { readonly host: string; readonly port: number }): Promise<Socket> {
  return opened(connect({ ...where, allowHalfOpen: true }), "connect");
}

/** @param pair the certificate to show, or none. */
export function connectedByTls(port: number, files: TlsFiles, pair: Pair | undefined): Promise<TLSSocket> {
  const own = pair === undefined ? {} : { cert: readFileSync(pair.certificate), key: readFileSync(pair.key) };
  const options = { host: "127.0.0.1", port, ca: readFileSync(files.authority), allowHalfOpen: true, ...own };
  return opened(connectTls(options), "secureConnect");
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function opened<T extends Socket>(client: T, event: string): Promise<T> {
  return new Promise((resolve, reject) => {
    client.once(event, () => resolve(client));
    client.on("error", reject); // whoever refuses a client may do so later, too: then nobody listens to the promise
  });
}
