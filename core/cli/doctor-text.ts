/** What was found, as text for people. */
import type { Finding, Status } from "../doctor/check.ts";
import type { Checked } from "../doctor/checks.ts";
import { printable } from "../printable.ts";

const MARKS: Readonly<Record<Status, string>> = {
  ok: "ok",
  warning: "WARNING",
  problem: "PROBLEM",
  "not applicable": "-",
  "not checked": "?",
};

/** @returns 0 if all is well, 1 with a warning, 2 with a problem. */
export function statusOf(results: readonly Checked[]): 0 | 1 | 2 {
  const all = findingsOf(results);
  if (all.some(({ status }) => status === "problem")) return 2;
  return all.some(({ status }) => status === "warning") ? 1 : 0;
}

/** @param of the process whose options were taken. */
export function doctorText(results: readonly Checked[], of: number | undefined): string {
  const widths = [
    Math.max(...Object.values(MARKS).map(({ length }) => length)),
    Math.max(...results.map(({ name }) => name.length)),
  ] as const;
  const indent = " ".repeat(widths[0] + widths[1] + 4);
  const lines = results.flatMap(({ name, findings }) =>
    findings.flatMap(({ status, seen, advice }) => [
      `${MARKS[status].padEnd(widths[0])}  ${name.padEnd(widths[1])}  ${printable(seen)}`,
      ...(advice === undefined ? [] : [`${indent}what to do: ${printable(advice)}`]),
    ]),
  );
  const about = of === undefined ? [] : [`With the options of the agent that runs (process ${of}).`];
  return `${[...about, ...lines, "", summary(results)].join("\n")}\n`;
}

function summary(results: readonly Checked[]): string {
  const all = findingsOf(results);
  const count = (wanted: Status) => all.filter(({ status }) => status === wanted).length;
  const many = (number: number, what: string) => `${number} ${what}${number === 1 ? "" : "s"}`;
  const hidden = count("not checked");
  const verdict = statusOf(results) === 0 ? "All is well" : `${many(count("problem"), "problem")}, ${many(count("warning"), "warning")}`;
  return `${verdict}${hidden === 0 ? "" : `; ${many(hidden, "check")} could not be made`}.`;
}

function findingsOf(results: readonly Checked[]): readonly Finding[] {
  return results.flatMap(({ findings }) => findings);
}
