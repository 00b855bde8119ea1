/** Values beside each other: a group for each thing that is compared, a bar for each who is. */
import { AREA, type Axis, colour, escaped, pixel, scaleOf, sheet, xLabel } from "./frame.ts";

export interface BarChart {
  readonly title: string;
  readonly xLabel: string;
  readonly y: Axis;
  /** Who is compared, in the order of the bars. */
  readonly names: readonly string[];
  /** A value for each name; undefined where there is none. */
  readonly groups: readonly { readonly name: string; readonly values: readonly (number | undefined)[] }[];
}

/** How much of a group's width its bars take. */
const FILLED = 0.7;

/** @returns an SVG document. @throws Error if there is nothing to draw. */
export function barChart({ title, xLabel: label, y, names, groups }: BarChart): string {
  const values = groups.flatMap((group) => group.values).filter((value) => value !== undefined);
  const up = scaleOf(y, values, AREA.bottom, AREA.top);
  const room = (AREA.right - AREA.left) / groups.length;
  const width = (room * FILLED) / names.length;
  const bars = groups.flatMap(({ name, values: own }, index) => {
    const left = AREA.left + room * index;
    return [
      `<text x="${pixel(left + room / 2)}" y="${AREA.bottom + 20}" text-anchor="middle">${escaped(name)}</text>`,
      ...own.flatMap((value, series) => {
        if (value === undefined) return [];
        const top = up.position(value);
        const x = pixel(left + (room * (1 - FILLED)) / 2 + width * series);
        return [
          `<rect class="bar ${colour(series)}" x="${x}" y="${pixel(top)}" width="${pixel(width)}" height="${pixel(AREA.bottom - top)}"/>`,
        ];
      }),
    ];
  });
  return sheet(title, { axis: y, scale: up }, names, [...bars, xLabel(label)]);
}
