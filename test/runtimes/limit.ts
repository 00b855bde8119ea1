/** What a runtime can't do, and the tests that show it. The tables beside this file have them; docs/runtimes.md is made from them. */
import { bunLimits } from "./limits-bun.ts";
import { denoLimits } from "./limits-deno.ts";
import { RUNTIME, type Runtime } from "./runtime.ts";

/** Full names of tests, or their beginnings with a "*" behind, for each file; "not run" for a file whose tests would hang or can't begin. */
export type ShownBy = Readonly<Record<string, readonly string[] | "not run">>;

export interface Limit {
  /** For whoever runs the agent there; undefined for what only the tests' own programs meet. */
  readonly cannot?: string;
  readonly why: string;
  /** A thread of the runtime's own project. */
  readonly upstream?: string;
  readonly shownBy: ShownBy;
}

export const LIMITS: Readonly<Record<Runtime, readonly Limit[]>> = { node: [], bun: bunLimits, deno: denoLimits };

/** Files that this runtime doesn't run. */
export function leftOut(runtime: Runtime = RUNTIME): string[] {
  return LIMITS[runtime].flatMap(({ shownBy }) => Object.entries(shownBy).flatMap(([file, tests]) => (tests === "not run" ? [file] : [])));
}

/** The entries of a file's tests that have to fail on this runtime. */
export function entriesOf(file: string, runtime: Runtime = RUNTIME): string[] {
  return LIMITS[runtime].flatMap(({ shownBy }) => {
    const tests = shownBy[file];
    return tests === undefined || tests === "not run" ? [] : tests;
  });
}

/** Whether an entry means the test of this full name. */
export function means(entry: string, name: string): boolean {
  return entry.endsWith("*") ? name.startsWith(entry.slice(0, -1)) : name === entry;
}
