/** Everything that is sent to running agents. */
import { ARGUMENTS, HARMFUL_ARGUMENTS } from "./cases-arguments.ts";
import { ENVELOPE } from "./cases-envelope.ts";
import { SEQUENCE_SCENARIOS } from "./cases-file-sequences.ts";
import { CONTENT_SCENARIOS, MODE_SCENARIOS } from "./cases-files.ts";
import { FRAMING, SPLITS } from "./cases-lexing.ts";
import { INFORMATION, MORE_POLICY, POLICY } from "./cases-policy.ts";
import { STATE_SCENARIOS } from "./cases-state.ts";
import { NUMBERS, STRINGS } from "./cases-strings.ts";
import { LIMITS, NESTING, STRUCTURE } from "./cases-structure.ts";
import type { Scenario } from "./scenario.ts";
import type { Table } from "./table.ts";

export const TABLES: readonly Table[] = [
  FRAMING,
  SPLITS,
  STRINGS,
  NUMBERS,
  STRUCTURE,
  NESTING,
  LIMITS,
  ENVELOPE,
  ARGUMENTS,
  HARMFUL_ARGUMENTS,
  INFORMATION,
  ...POLICY,
  ...MORE_POLICY,
];

/** And what needs an agent of its own for every case. */
export const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  files: [...MODE_SCENARIOS, ...CONTENT_SCENARIOS, ...SEQUENCE_SCENARIOS],
  state: STATE_SCENARIOS,
};
