// Throughput by the size of a call, drawn beside qemu-ga's and what the socket leaves possible: docs/plots/throughput-read.svg and -write.svg.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lineChart } from "../plots/line-chart.ts";
import { socketLimit } from "./client-alone.ts";
import { type Line, sizeText, type Throughput } from "./line.ts";

/** @param folder of the plots. */
export async function drawThroughput(lines: readonly Line[], folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const kind of ["read", "write"] as const) {
    const points = lines.flatMap(({ throughput }) => (throughput?.kind === kind ? [throughput] : []));
    const limit = await socketLimit(
      kind,
      points.map(({ callBytes }) => callBytes),
    );
    writeFileSync(join(folder, `throughput-${kind}.svg`), throughputChart(kind, points, limit));
  }
}

/** @param limit of the socket, for each point, in bytes of the file a second. */
export function throughputChart(kind: Throughput["kind"], points: readonly Throughput[], limit: readonly number[]): string {
  const line = (name: string, value: (point: Throughput, index: number) => number) => ({
    name,
    points: points.map((point, index) => [point.callBytes, value(point, index) / 1e6] as const),
  });
  return lineChart({
    title: `guest-file-${kind}: megabytes of the file a second, by the size of a call`,
    x: {
      label: "bytes of the file in a call",
      scale: "log",
      ticks: points.map(({ callBytes }) => ({ at: callBytes, text: sizeText(callBytes) })),
    },
    y: { label: "MB/s", scale: "log" },
    lines: [
      line("lodger", ({ ours }) => ours),
      line("qemu-ga", ({ theirs }) => theirs),
      line("the socket's limit", (_, index) => limit[index] ?? Number.NaN),
    ],
  });
}
