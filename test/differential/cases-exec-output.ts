/** guest-exec: what is captured. */
import { CAPTURED, ended, run, script } from "./exec-steps.ts";
import type { SCRIPTS } from "./harmless-programs.ts";
import type { Scenario } from "./scenario.ts";

const world = {};

const MODES = ["true", "false", '"none"', '"separated"', '"merged"'];
/** 7.2 knows booleans only. */
const of = (mode: string) => (mode.startsWith('"') ? { generations: ["current", "11"] as const } : {});
const BAD_MODES = ['"stdin"', '"Merged"', '""', '"true"', '"none "', "null", "1", "[]", "{}", "1.5"];
const OUTPUTS: readonly (keyof typeof SCRIPTS)[] = ["both", "onlyOut", "onlyErr", "inTurns", "binary", "ignoresInput", "killedAfterOutput"];

/** The reference closes its own standard input in these modes, and then hangs or dies, so each has an agent of its own. */
const oneStream: Scenario[] = ['"stdout"', '"stderr"'].flatMap((mode) =>
  OUTPUTS.slice(0, 4).map((name) => ({
    id: `only ${mode}, ${name}`,
    world,
    ...of(mode),
    steps: [script(name, `"capture-output":${mode}`), ended],
  })),
);

export const EXEC_OUTPUT_SCENARIOS: readonly Scenario[] = [
  ...MODES.map((mode) => ({
    id: `capture ${mode}`,
    world,
    ...of(mode),
    steps: OUTPUTS.flatMap((name) => [script(name, `"capture-output":${mode}`), ended]),
  })),
  ...oneStream,
  { id: "unknown modes", world, steps: BAD_MODES.map((mode) => run("true", `"capture-output":${mode}`)) },
  {
    id: "16 MiB, and a byte more",
    world,
    steps: [script("limit", CAPTURED), ended, script("muchErr", CAPTURED), ended],
  },
  {
    id: "several at once",
    world,
    steps: [script("wait", CAPTURED), script("both", CAPTURED), ended, run("true"), ended],
  },
];
