/** A chart's sheet: title, axes with units, grid and legend, readable in light and in dark. */

export interface Tick {
  readonly at: number;
  readonly text: string;
}

export interface Axis {
  /** What it shows, with the unit: "resident memory, MB". */
  readonly label: string;
  /** Default: linear from 0 on round numbers. `log` needs values above 0. */
  readonly scale?: "linear" | "log";
  /** Where the axis has its marks, if not on round numbers. */
  readonly ticks?: readonly Tick[];
}

/** The part of the sheet where values are drawn, in pixels. */
export const AREA = { left: 70, top: 60, right: 780, bottom: 340 } as const;
export const SERIES_COLOURS = 6;

const WIDTH = 800;
const HEIGHT = 430;
const LEGEND_TOP = 412;
const LETTER = 6.6;
const TICKS_ABOUT = 6;

const STYLE = `text{font:12px system-ui,sans-serif;fill:#1f2328}.title{font-size:15px;font-weight:600}.sheet{fill:#fff}.grid{stroke:#d0d7de}
.axis{stroke:#57606a}.band{fill:#eaeef2}.line{fill:none;stroke-width:1.8}
${colours(["#0969da", "#bc4c00", "#1a7f37", "#8250df", "#bf3989", "#57606a"])}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.sheet{fill:#0d1117}.grid{stroke:#30363d}.axis{stroke:#8b949e}.band{fill:#161b22}
${colours(["#58a6ff", "#f0883e", "#3fb950", "#bc8cff", "#f778ba", "#8b949e"])}}`;

/** Lines differ by more than their colour. */
const DASHES = ["", "7 3", "2 3", "9 3 2 3", "12 4", "4 2"];

export interface Scale {
  readonly ticks: readonly Tick[];
  readonly position: (value: number) => number;
}

/** @param from pixel of the axis' low end. @param to of its high end. */
export function scaleOf({ scale = "linear", ticks }: Axis, values: readonly number[], from: number, to: number): Scale {
  const known = [...values, ...(ticks ?? []).map(({ at }) => at)].filter(Number.isFinite);
  if (known.length === 0) throw new Error("a chart needs values");
  const largest = known.reduce((a, b) => Math.max(a, b));
  const smallest = known.reduce((a, b) => Math.min(a, b));
  if (scale === "log") {
    if (smallest <= 0) throw new Error(`a logarithmic axis has no place for ${smallest}`);
    const [low, high] = [Math.log(smallest), Math.log(largest)];
    const position = (value: number) => from + ((Math.log(value) - low) / (high - low || 1)) * (to - from);
    return { ticks: ticks ?? powersOfTen(smallest, largest), position };
  }
  const step = roundStep((largest - Math.min(0, smallest)) / TICKS_ABOUT);
  const bottom = Math.floor(Math.min(0, smallest) / step) * step;
  const top = ticks === undefined ? Math.ceil(largest / step) * step || step : largest;
  const position = (value: number) => from + ((value - bottom) / (top - bottom || 1)) * (to - from);
  const count = Math.round((top - bottom) / step);
  const round = Array.from({ length: count + 1 }, (_, i) => bottom + i * step).map((at) => ({ at, text: numberText(at) }));
  return { ticks: ticks ?? round, position };
}

/** The whole picture around what a chart has drawn. */
export function sheet(
  title: string,
  y: { readonly axis: Axis; readonly scale: Scale },
  names: readonly string[],
  parts: readonly string[],
): string {
  const grid = y.scale.ticks.flatMap(({ at, text }) => {
    const height = pixel(y.scale.position(at));
    return [
      `<line class="grid" x1="${AREA.left}" x2="${AREA.right}" y1="${height}" y2="${height}"/>`,
      `<text x="${AREA.left - 8}" y="${height + 4}" text-anchor="end">${escaped(text)}</text>`,
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${escaped(title)}">`,
    `<style>${STYLE}</style>`,
    `<rect class="sheet" width="${WIDTH}" height="${HEIGHT}"/>`,
    `<text class="title" x="${AREA.left}" y="24">${escaped(title)}</text>`,
    `<text x="${AREA.left}" y="44">${escaped(y.axis.label)}</text>`,
    ...grid,
    ...parts,
    `<path class="axis" fill="none" d="M${AREA.left} ${AREA.top}V${AREA.bottom}H${AREA.right}"/>`,
    ...legend(names),
    "</svg>",
  ].join("\n")}\n`;
}

export function xLabel(text: string): string {
  return `<text x="${(AREA.left + AREA.right) / 2}" y="${AREA.bottom + 40}" text-anchor="middle">${escaped(text)}</text>`;
}

export function dash(series: number): string {
  const pattern = DASHES[series % DASHES.length];
  return pattern ? ` stroke-dasharray="${pattern}"` : "";
}

export function colour(series: number): string {
  return `s${series % SERIES_COLOURS}`;
}

/** Tenths of a pixel are enough, and keep the file small. */
export function pixel(value: number): number {
  return Math.round(value * 10) / 10;
}

export function escaped(text: string): string {
  return text.replace(/[<>&"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

function legend(names: readonly string[]): string[] {
  let left: number = AREA.left;
  return names.flatMap((name, series) => {
    const x = left;
    left += 50 + name.length * LETTER;
    return [
      `<line class="line ${colour(series)}" x1="${pixel(x)}" x2="${pixel(x + 26)}" y1="${LEGEND_TOP}" y2="${LEGEND_TOP}"${dash(series)}/>`,
      `<text x="${pixel(x + 32)}" y="${LEGEND_TOP + 4}">${escaped(name)}</text>`,
    ];
  });
}

function colours(values: readonly string[]): string {
  return values.map((value, series) => `.line.s${series}{stroke:${value}}`).join("");
}

function roundStep(about: number): number {
  const power = 10 ** Math.floor(Math.log10(about || 1));
  return [1, 2, 5, 10].map((factor) => factor * power).find((step) => step >= about) ?? power;
}

function powersOfTen(smallest: number, largest: number): Tick[] {
  const first = Math.ceil(Math.log10(smallest));
  const last = Math.floor(Math.log10(largest));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => 10 ** (first + i)).map((at) => ({ at, text: numberText(at) }));
}

function numberText(value: number): string {
  return Number(value.toPrecision(10)).toLocaleString("en");
}
