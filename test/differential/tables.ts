/** Everything that is sent to running agents. */
import { ARGUMENTS, HARMFUL_ARGUMENTS } from "./cases-arguments.ts";
import { MORE_ARGUMENTS, YOUNGER_ARGUMENTS } from "./cases-arguments-more.ts";
import { ENVELOPE } from "./cases-envelope.ts";
import { EXEC_SCENARIOS } from "./cases-exec.ts";
import { EXEC_OUTPUT_SCENARIOS } from "./cases-exec-output.ts";
import { SEQUENCE_SCENARIOS } from "./cases-file-sequences.ts";
import { CONTENT_SCENARIOS, MODE_SCENARIOS } from "./cases-files.ts";
import { KEY_SCENARIOS } from "./cases-keys.ts";
import { FRAMING, SPLITS } from "./cases-lexing.ts";
import { PASSWORD_SCENARIOS } from "./cases-passwords.ts";
import { INFORMATION, MORE_POLICY, POLICY } from "./cases-policy.ts";
import { PROCESSOR_SCENARIOS } from "./cases-processors.ts";
import { ROUTE_SCENARIOS } from "./cases-routes.ts";
import { STATE_SCENARIOS } from "./cases-state.ts";
import { STATISTICS_SCENARIOS } from "./cases-statistics.ts";
import { STORAGE_SCENARIOS } from "./cases-storage.ts";
import { NUMBERS, STRINGS } from "./cases-strings.ts";
import { LIMITS, NESTING, STRUCTURE } from "./cases-structure.ts";
import { SYSTEM_SCENARIOS } from "./cases-system.ts";
import { USER_SCENARIOS } from "./cases-users.ts";
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
  MORE_ARGUMENTS,
  YOUNGER_ARGUMENTS,
  INFORMATION,
  ...POLICY,
  ...MORE_POLICY,
];

/** And what needs an agent of its own for every case. */
export const SCENARIOS: Readonly<Record<string, readonly Scenario[]>> = {
  files: [...MODE_SCENARIOS, ...CONTENT_SCENARIOS, ...SEQUENCE_SCENARIOS],
  state: STATE_SCENARIOS,
  exec: [...EXEC_SCENARIOS, ...EXEC_OUTPUT_SCENARIOS],
  accounts: [...KEY_SCENARIOS, ...PASSWORD_SCENARIOS, ...USER_SCENARIOS],
  system: [...SYSTEM_SCENARIOS, ...PROCESSOR_SCENARIOS, ...STATISTICS_SCENARIOS, ...ROUTE_SCENARIOS, ...STORAGE_SCENARIOS],
};
