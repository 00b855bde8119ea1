/** The soak's figures as a table, as JSON and as a plot. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { lineChart } from "../plots/line-chart.ts";
import { type Growth, growthOf } from "./growth.ts";
import type { Sample } from "./samples.ts";

export interface Course {
  readonly phase: string;
  readonly samples: readonly Sample[];
}

type Figure = "resident" | "privateDirty" | "descriptors" | "threads" | "children";

const FIGURES: readonly Figure[] = ["resident", "privateDirty", "descriptors", "threads", "children"];
const TITLES: Record<Figure, string> = {
  resident: "resident MB",
  privateDirty: "private dirty MB",
  descriptors: "descriptors",
  threads: "threads",
  children: "children",
};

const MIB = 1024 * 1024;
const MEMORY_ALLOWED = MIB;
/** A short run ends while V8 still finds its size: only what a fault of a kilobyte or more a cycle brings shows. */
const MEMORY_ALLOWED_QUICK = 24 * MIB;
/** Half a descriptor: a whole one more is growth. */
const COUNT_ALLOWED = 0.5;

export interface Judged {
  readonly phase: string;
  readonly cycles: number;
  readonly seconds: number;
  readonly figures: Readonly<Record<Figure, Growth & { readonly last: number }>>;
}

export function judge(courses: readonly Course[], quick: boolean): Judged[] {
  return courses.map(({ phase, samples }) => {
    const [first, last] = [samples.at(0), samples.at(-1)];
    if (first === undefined || last === undefined) throw new Error(`${phase} has no samples`);
    const grown = (figure: Figure) => {
      const isMemory = figure === "resident" || figure === "privateDirty";
      const allowed = isMemory ? (quick ? MEMORY_ALLOWED_QUICK : MEMORY_ALLOWED) : COUNT_ALLOWED;
      const values = samples.map((sample) => sample[figure]);
      return { ...growthOf(values, allowed), last: values.at(-1) ?? Number.NaN };
    };
    const figures = {
      resident: grown("resident"),
      privateDirty: grown("privateDirty"),
      descriptors: grown("descriptors"),
      threads: grown("threads"),
      children: grown("children"),
    };
    return { phase, cycles: last.done, seconds: last.seconds - first.seconds, figures };
  });
}

/** What grew, a line each; empty if nothing did. */
export function growing(judged: readonly Judged[]): string[] {
  return judged.flatMap(({ phase, figures }) =>
    FIGURES.flatMap((figure) => {
      const { grows, slope, difference } = figures[figure];
      if (!grows) return [];
      return `${phase}: ${TITLES[figure]} grows, ${amount(figure, slope)} by the slope and ${amount(figure, difference)} by the medians`;
    }),
  );
}

/** As Markdown: the figure at the phase's end, and in brackets its growth by slope and by medians. */
export function table(judged: readonly Judged[]): string {
  const head = ["phase", "cycles", "seconds", ...FIGURES.map((figure) => TITLES[figure])];
  const rows = judged.map(({ phase, cycles, seconds, figures }) => [
    phase,
    cycles.toLocaleString("en"),
    seconds.toFixed(0),
    ...FIGURES.map((figure) => {
      const { last, slope, difference, grows } = figures[figure];
      const plain = amount(figure, last).slice(1);
      return `${plain} (${amount(figure, slope)}, ${amount(figure, difference)})${grows ? " **grows**" : ""}`;
    }),
  ]);
  return [head, head.map(() => "-"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** @returns the paths of the samples and of the plot. */
export function write(folder: string, program: string, courses: readonly Course[]): { samples: string; plot: string } {
  mkdirSync(folder, { recursive: true });
  const paths = { samples: join(folder, "soak.json"), plot: join(folder, "soak-memory.svg") };
  writeFileSync(paths.samples, `${JSON.stringify({ program, courses })}\n`);
  writeFileSync(paths.plot, plot(courses));
  return paths;
}

function plot(courses: readonly Course[]): string {
  const samples = courses.flatMap((course) => course.samples);
  const line = (name: string, of: (sample: Sample) => number) => ({
    name,
    points: samples.map((sample): [number, number] => [sample.seconds / 60, of(sample) / MIB]),
  });
  return lineChart({
    title: "Memory of the agent over the soak",
    x: { label: "minutes" },
    y: { label: "MB" },
    lines: [line("resident", ({ resident }) => resident), line("private dirty", ({ privateDirty }) => privateDirty)],
    bands: courses.map(({ phase, samples: own }) => ({
      from: (own.at(0)?.seconds ?? 0) / 60,
      to: (own.at(-1)?.seconds ?? 0) / 60,
      label: phase,
    })),
  });
}

function amount(figure: Figure, value: number): string {
  const sign = value < 0 ? "-" : "+";
  const shown =
    figure === "resident" || figure === "privateDirty" ? (Math.abs(value) / MIB).toFixed(1) : String(Math.round(Math.abs(value) * 10) / 10);
  return `${sign}${shown}`;
}
