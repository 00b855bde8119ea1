/** `vsock-listen`: many clients at once on a port that the host reaches without any network. Whoever is not let in is sent away. */
import {
  type Connection,
  type Log,
  OsError,
  type Settings,
  serverHandle,
  type Transport,
  type VsockAddress,
  type VsockSockets,
} from "../../core/plugin.ts";
import { Clients } from "../stream/clients.ts";
import { inheritedSocket } from "../stream/server.ts";
import { type Arrival, acceptByHandle, acceptByPolling } from "./acceptor.ts";
import { parseAddress } from "./address.ts";

const HOST_CID = 2;

/** @param handleOf makes Node's handle, or undefined where there is no such thing. */
export const vsockListen = (sockets: VsockSockets, handleOf = serverHandle): Transport => ({
  name: "vsock-listen",
  summary: "CID:PORT, for the host and who else is let in",

  async listen(settings: Settings, log: Log, signal: AbortSignal): Promise<AsyncIterable<Connection>> {
    const { path, vsockPeers: peers = [HOST_CID] } = settings;
    let stop: () => void = () => {};
    const clients = new Clients(() => stop(), signal);
    const guard = new Guard(peers, log);
    const arrived = (arrival: Arrival) => {
      const peer = peerOf(arrival.fd, sockets, log);
      if (peer === undefined || !guard.lets(peer)) arrival.close();
      else clients.add(`vsock:${peer.cid}:${peer.port}`, arrival.open);
    };
    try {
      const fd = listeningSocket(path, sockets);
      const handle = handleOf(fd);
      const reports = { arrived, failed: (error: unknown) => log.warning(`accepting a client failed: ${explain(error)}`) };
      stop = handle === undefined ? acceptByPolling(fd, sockets, reports) : acceptByHandle(handle, reports);
    } catch (error) {
      throw new Error(`error opening channel '${path}': ${explain(error)}`);
    }
    if (signal.aborted) stop();
    return clients;
  },
});

/** Which machines may connect. Every process of this machine can try, so that what it logs is bounded. */
class Guard {
  readonly #peers: NonNullable<Settings["vsockPeers"]>;
  readonly #log: Log;
  readonly #warned = new Set<number>();

  constructor(peers: NonNullable<Settings["vsockPeers"]>, log: Log) {
    this.#peers = peers;
    this.#log = log;
  }

  lets({ cid, port }: VsockAddress): boolean {
    if (this.#peers === "any" || this.#peers.includes(cid)) return true;
    if (this.#warned.has(cid)) this.#log.debug(`a client was refused (vsock:${cid}:${port})`);
    else {
      const peers = [...this.#peers, cid].join(",");
      this.#log.warning(
        `a client was refused (vsock:${cid}:${port}): CID ${cid} is not among those that may connect; --vsock-peers=${peers} lets it in, too`,
      );
    }
    this.#warned.add(cid);
    return false;
  }
}

function listeningSocket(path: string, sockets: VsockSockets): number {
  const inherited = inheritedSocket(path);
  if (inherited === undefined) return sockets.listen(parseAddress(path));
  sockets.inherit(inherited);
  return inherited;
}

/** Nobody is served whose CID isn't known. */
function peerOf(fd: number, sockets: VsockSockets, log: Log): VsockAddress | undefined {
  try {
    return sockets.peer(fd);
  } catch (error) {
    log.debug(`a client was refused, because nobody says where it comes from: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

const ADVICE: ReadonlyMap<string, string> = new Map([
  ["EAFNOSUPPORT", "this kernel has no vsock: give the machine a vsock device, and load its driver (modprobe vmw_vsock_virtio_transport)"],
  ["EADDRNOTAVAIL", "this machine does not have that CID: 4294967295 stands for whatever it has"],
  ["EADDRINUSE", "another process listens there: end it or choose another port"],
  ["EACCES", "only root may listen on a port below 1024"],
]);

function explain(error: unknown): string {
  if (!(error instanceof OsError)) return error instanceof Error ? error.message : String(error);
  return ADVICE.get(error.code) ?? `${error.message} (${error.call})`;
}
