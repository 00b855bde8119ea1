/** Values over something that runs on: time, or the size of a request. */
import { AREA, type Axis, colour, dash, escaped, pixel, scaleOf, sheet, xLabel } from "./frame.ts";

export interface Line {
  readonly name: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

/** A stretch of the x axis with a name of its own. */
export interface Band {
  readonly from: number;
  readonly to: number;
  readonly label: string;
}

export interface LineChart {
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
  readonly lines: readonly Line[];
  readonly bands?: readonly Band[];
}

/** @returns an SVG document. @throws Error if there is nothing to draw. */
export function lineChart({ title, x, y, lines, bands = [] }: LineChart): string {
  const points = lines.flatMap((line) => line.points);
  const across = scaleOf(x, [...points.map(([at]) => at), ...bands.flatMap(({ from, to }) => [from, to])], AREA.left, AREA.right);
  const up = scaleOf(
    y,
    points.map(([, value]) => value),
    AREA.bottom,
    AREA.top,
  );
  const stretches = bands.map(({ from, to, label }) => ({ left: across.position(from), right: across.position(to), label }));
  const shades = stretches.flatMap(({ left, right }, index) => {
    const size = `width="${pixel(right - left)}" height="${AREA.bottom - AREA.top}"`;
    return index % 2 === 0 ? [`<rect class="band" x="${pixel(left)}" y="${AREA.top}" ${size}/>`] : [];
  });
  // Names of neighbours that are narrow must not lie over each other, nor a shade over a name.
  const labels = stretches.map(({ left, right, label }, index) => {
    const middle = pixel((left + right) / 2);
    return `<text x="${middle}" y="${AREA.top + 14 + (index % 2) * 15}" text-anchor="middle">${escaped(label)}</text>`;
  });
  const marks = across.ticks.flatMap(({ at, text }) => {
    const left = pixel(across.position(at));
    return [
      `<line class="axis" x1="${left}" x2="${left}" y1="${AREA.bottom}" y2="${AREA.bottom + 5}"/>`,
      `<text x="${left}" y="${AREA.bottom + 20}" text-anchor="middle">${escaped(text)}</text>`,
    ];
  });
  const drawn = lines.map(({ points: own }, series) => {
    const path = own.map(([at, value]) => `${pixel(across.position(at))} ${pixel(up.position(value))}`).join("L");
    return `<path class="line ${colour(series)}" d="M${path}"${dash(series)}/>`;
  });
  const names = lines.map(({ name }) => name);
  // Shades lie under the grid's lines only where there are none, so they come first of what the chart draws itself.
  return sheet(title, { axis: y, scale: up }, names, [...shades, ...labels, ...marks, xLabel(x.label), ...drawn]);
}
