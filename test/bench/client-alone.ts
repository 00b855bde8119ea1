// What the client itself reaches, against a peer that only moves bytes: the ceiling of every other figure of the run.
import { startQuietPeer } from "./agents.ts";
import { type Line, microseconds } from "./line.ts";
import { median, perSecond } from "./rounds.ts";

const BYTES = 16 * 1048576;

export async function clientAlone(quick: boolean): Promise<Line[]> {
  const peer = startQuietPeer();
  try {
    const { client } = peer;
    const rounds = quick ? 5 : 11;
    const rate = (once: () => void): number => {
      once();
      const gigabytes = Array.from(
        { length: rounds },
        () => (perSecond(60, Number.POSITIVE_INFINITY, () => undefined, once) * BYTES) / 1e9,
      );
      return median(gigabytes);
    };

    const request = Buffer.from(`${BYTES}\n`);
    const receiving = rate(() => {
      client.send(request);
      client.skip(BYTES);
    });
    const big = Buffer.alloc(BYTES, "x").fill("\n", BYTES - 1);
    const sending = rate(() => {
      client.send(big);
      client.skip(3);
    });
    const small = Buffer.from("ping\n");
    const trips = Array.from({ length: rounds * 300 }, () => {
      const from = performance.now();
      client.send(small);
      client.skip(3);
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
