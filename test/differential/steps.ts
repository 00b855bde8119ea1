/** Steps of scenarios that ask one command. */
import type { Step } from "./scenario.ts";
import { request } from "./table.ts";

/** @param safe why a harmful command may be asked. */
export function call(command: string, args?: string, safe?: string): Step {
  return { ask: request(command, args), lines: 1, ...(safe !== undefined && { safe }) };
}

export function look(...names: readonly string[]): Step {
  return { look: names };
}

/** A file of the agent's system gets each of these texts, and the same is asked each time. */
export function withEach(path: string, texts: Readonly<Record<string, string>>, ...steps: readonly Step[]): Step[] {
  return Object.values(texts).flatMap((text) => [{ put: { [path]: text } }, ...steps]);
}
