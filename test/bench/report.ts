// The table as Markdown, and its place in docs/performance.md.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, loadavg, release, totalmem } from "node:os";
import type { Line } from "./line.ts";

const BEGIN = "<!-- written by npm run bench -- --write; don't edit between these marks -->";
const END = "<!-- end of what npm run bench writes -->";
const GUEST_BEGIN = "<!-- written by npm run bench -- --guest --write; don't edit between these marks -->";
const GUEST_END = "<!-- end of what npm run bench -- --guest writes -->";

export interface Circumstances {
  readonly ourVersion: string;
  readonly theirVersion: string;
  readonly executable: string;
  readonly command: string;
}

export function table(lines: readonly Line[]): string {
  const titles = ["what", "budget", "lodger", "qemu-ga", "ratio", ""];
  const cells = lines.map((line) => [line.what, line.budget, line.ours, line.theirs, line.ratio, verdict(line.met)]);
  const used = titles.map((_, column) => cells.some((row) => row[column] !== ""));
  const [head = [], ...rows] = [titles, ...cells].map((row) => row.filter((_, column) => used[column]));
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const write = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(" | ")} |`;
  return [write(head), `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`, ...rows.map(write)].join("\n");
}

export function summary(lines: readonly Line[]): string {
  const budgets = lines.filter((line) => line.met !== undefined);
  return `${budgets.filter((line) => line.met).length} of ${budgets.length} budgets met`;
}

export function writePage(file: string, lines: readonly Line[], circumstances: Circumstances): void {
  const block = [BEGIN, "", ...describe(circumstances), "", table(lines), "", `${summary(lines)}.`, "", END].join("\n");
  writeFileSync(file, replaced(file, BEGIN, END, block) ?? `${INTRODUCTION}\n\n${block}\n`);
}

/** @param facts of the run, a line each. @throws Error if the page has no place for it. */
export function writeGuestSection(file: string, lines: readonly Line[], facts: readonly string[]): void {
  const block = [GUEST_BEGIN, "", ...facts.map((fact) => `- ${fact}`), "", table(lines), "", GUEST_END].join("\n");
  const page = replaced(file, GUEST_BEGIN, GUEST_END, block);
  if (page === undefined) throw new Error(`${file} lacks the lines ${GUEST_BEGIN} and ${GUEST_END}`);
  writeFileSync(file, page);
}

/** @returns the page with what stands between the marks replaced, marks included, or undefined if it has none. */
function replaced(file: string, begin: string, end: string, block: string): string | undefined {
  const page = existsSync(file) ? readFileSync(file, "utf8") : "";
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  return from >= 0 && to > from ? page.slice(0, from) + block + page.slice(to + end.length) : undefined;
}

/** The load average is of the run itself and of whatever else there was: above the number of processors, look at the spread of the ratios. */
export function machine(): string {
  const processors = cpus();
  const processor = `${processors.length} x ${processors[0]?.model.trim() ?? "processor"}`;
  return `${processor}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, load average at the end ${loadavg()[0]?.toFixed(1)}`;
}

function verdict(met: boolean | undefined): string {
  if (met === undefined) return "";
  return met ? "met" : "missed";
}

function describe({ ourVersion, theirVersion, executable, command }: Circumstances): string[] {
  return [
    `- Measured ${new Date().toISOString().slice(0, 10)} by \`${command}\``,
    `- lodger ${ourVersion} (\`${executable}\`) beside qemu-ga ${theirVersion}; bench and "Node alone" on Node ${process.versions.node}`,
    `- ${machine()}`,
  ];
}

const INTRODUCTION = `# Performance

What lodger promises to hold, measured beside qemu-ga in one run. Both agents listen on a unix socket with default buffers, each with its own
folder, and work in turn in short rounds (A B, B A, …): a figure is the median of the rounds, a ratio the median of the
pairs' own ratios, with the range of their middle half in brackets. On a machine that does other things too, trust the ratios, and those only
as far as that range is narrow.

The client blocks in read(2) and write(2), sends requests encoded beforehand and counts the bytes of the answers; one answer of each kind is
looked at whole before. What it reaches against a peer that only moves bytes stands in the lines "client alone". File figures are bytes of the
file, which is in the page cache; seeking back to its start is not timed. "Peak" is the highest resident size during the read, less the size before.`;
