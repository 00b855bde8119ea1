/** What a freeze came to, in plain words for the log: written after the thaw, when there is somewhere to write again. */
import { type Held, nameOf, type Skipped } from "./holder.ts";
import type { HookRun } from "./hooks.ts";

export interface Report {
  /** What ended it: a client's request, the lease, an error. */
  readonly cause: string;
  /** In the order of freezing. */
  readonly held: readonly Held[];
  readonly skipped: readonly Skipped[];
  readonly hooks: readonly HookRun[];
  /** What there is to tell of the guard: that there was none, or that it had to act. */
  readonly guard: string | undefined;
}

/** @returns one line for each thing that there is to tell. */
export function reportLines({ cause, held, skipped, hooks, guard }: Report): string[] {
  const frozen = held.filter((one) => one.frozen !== undefined);
  const count = frozen.length === 1 ? "1 file system was frozen" : `${frozen.length} file systems were frozen`;
  const lines = [`thawed by ${cause}: ${count}${frozen.length === 0 ? "" : `, ${inOrder(frozen)}`}`];
  for (const { mountPoint, reason } of skipped) lines.push(`${mountPoint} was left out of the freeze: ${reason}`);
  for (const hook of hooks) lines.push(hookLine(hook));
  if (guard !== undefined) lines.push(guard);
  return lines;
}

function inOrder(frozen: readonly Held[]): string {
  return frozen
    .map(({ planned, begun = 0, frozen: at = 0, thawed = 0 }) => {
      return `${nameOf(planned)} (${planned.type}) for ${seconds(thawed - at)} after ${seconds(at - begun)} of freezing`;
    })
    .join(", ");
}

function hookLine({ program, event, milliseconds, failure, output }: HookRun): string {
  const said = output.trim() === "" ? "" : `, and said: ${output.trim().replaceAll("\n", " | ")}`;
  return `hook ${program} ${event}: ${failure === undefined ? "ran" : "failed"} ${seconds(milliseconds)}${failure === undefined ? said : `: ${failure}`}`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(3)} s`;
}
