// What the client itself reaches, against a peer that only moves bytes: the ceiling of every other figure of the run.
import { startQuietPeer } from "./agents.ts";
import type { Client } from "./client.ts";
import { type Line, microseconds, type Throughput } from "./line.ts";
import { median, perSecond } from "./rounds.ts";

const BYTES = 16 * 1048576;

export async function clientAlone(quick: boolean): Promise<Line[]> {
  const peer = startQuietPeer();
  try {
    const rounds = quick ? 5 : 11;
    const receiving = (callsPerSecond(rounds, receiver(peer.client, BYTES)) * BYTES) / 1e9;
    const sending = (callsPerSecond(rounds, sender(peer.client, BYTES)) * BYTES) / 1e9;
    const ping = sender(peer.client, 5);
    const trips = Array.from({ length: rounds * 300 }, () => {
      const from = performance.now();
      ping();
      return (performance.now() - from) * 1000;
    });

    const line = (what: string, figure: string, met?: boolean): Line => ({
      what: `client alone, ${what}`,
      budget: met === undefined ? "" : "at least 2 GB/s",
      ours: figure,
      theirs: "",
      ratio: "",
      met,
    });
    return [
      line("receiving (of the wire)", `${receiving.toFixed(2)} GB/s`, receiving >= 2),
      line("sending (of the wire)", `${sending.toFixed(2)} GB/s`, sending >= 2),
      line("round trip, median", microseconds(median(trips))),
    ];
  } finally {
    await peer.stop();
  }
}

/**
 * What the socket leaves possible: as many bytes of a file a second as fit, in base64, into answers or requests of a peer that only moves bytes.
 * @param callBytes bytes of the file in a call.
 */
export async function socketLimit(kind: Throughput["kind"], callBytes: readonly number[]): Promise<number[]> {
  const peer = startQuietPeer();
  try {
    return callBytes.map((bytes) => {
      const wireBytes = Math.ceil(bytes / 3) * 4;
      return callsPerSecond(5, (kind === "read" ? receiver : sender)(peer.client, wireBytes)) * bytes;
    });
  } finally {
    await peer.stop();
  }
}

function receiver(client: Client, bytes: number): () => void {
  const request = Buffer.from(`${bytes}\n`);
  return () => {
    client.send(request);
    client.skip(bytes);
  };
}

function sender(client: Client, bytes: number): () => void {
  const request = Buffer.alloc(bytes, "x").fill("\n", bytes - 1);
  return () => {
    client.send(request);
    client.skip(3);
  };
}

/** @returns how often a second, the median of the rounds. */
function callsPerSecond(rounds: number, once: () => void): number {
  once();
  return median(Array.from({ length: rounds }, () => perSecond(60, Number.POSITIVE_INFINITY, () => undefined, once)));
}
