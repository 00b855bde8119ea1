/** guest-exec: what is started with what, and how it ends. */
import { CAPTURED, ended, run, script, status } from "./exec-steps.ts";
import type { SCRIPTS } from "./harmless-programs.ts";
import type { Prepared } from "./prepared.ts";
import type { Scenario, Step } from "./scenario.ts";

/** Nothing of the system is prepared, but nothing can end the machine. */
const world = {};

const PROGRAMS: Readonly<Record<string, Prepared>> = {
  marker: { text: "in the working folder" },
  folder: { folder: true },
  "lodger-script": { text: "#!/bin/sh\nprintf 'script %s' \"$1\"\n", mode: 0o755 },
  "lodger-no-interpreter": { text: "printf 'no interpreter'\n", mode: 0o755 },
  "lodger-bad-interpreter": { text: "#!/nowhere/sh\n", mode: 0o755 },
  "lodger-not-executable": { text: "#!/bin/sh\n", mode: 0o644 },
  "lodger-empty": { text: "", mode: 0o755 },
  "lodger-garbage": { text: "\x7fELF garbage", mode: 0o755 },
  "folder/lodger-inside": { text: "#!/bin/sh\nprintf inside\n", mode: 0o755 },
};

const ENDS: readonly (keyof typeof SCRIPTS)[] = [
  "status3",
  "status255",
  "status256",
  "killed",
  "terminated",
  "crashed",
  "byPipe",
  "killedAfterOutput",
];

const NAMES = [
  "true",
  "/bin/true",
  "false",
  "no-such-program",
  "/nowhere",
  "/nowhere/at/all",
  "",
  "/",
  ".",
  "..",
  "folder",
  "/etc",
  "/etc/passwd",
  "/bin/true/x",
  "lodger-script",
  "./lodger-script",
  "folder/lodger-inside",
  "./lodger-no-interpreter",
  "./lodger-bad-interpreter",
  "./lodger-not-executable",
  "./lodger-empty",
  "./lodger-garbage",
  "no-such-program \xc3\xa9\xe2\x82\xac",
  'no-such-program \\n\\t\\"',
  `/nowhere${"/x".repeat(3000)}`,
  `no-such-program${"x".repeat(300)}`,
];

const ARGUMENT_LISTS = [
  "[]",
  '["a"]',
  '["",""]',
  '["a b","c\\"d","\\\\","$HOME","*"]',
  '["\xc3\xa9\xe2\x82\xac"]',
  '["-n","x"]',
  `[${Array.from({ length: 1000 }, (_, n) => `"${n}"`).join(",")}]`,
  `["${"x".repeat(131_000)}"]`,
  `["${"x".repeat(131_072)}"]`,
  `[${Array.from({ length: 40 }, () => `"${"x".repeat(100_000)}"`).join(",")}]`,
];

const ENVIRONMENTS = [
  "[]",
  '["A=1"]',
  '["A=1","B=2"]',
  '["A=1=2"]',
  '["A="]',
  '["A"]',
  '["=A"]',
  '[""]',
  '["A=1","A=2"]',
  '["A=\xc3\xa9"]',
  '["A=a\\nb"]',
  '["PATH=/bin"]',
  '["PATH=/nowhere"]',
  '["PATH="]',
];

const INPUTS = ["", "aGVsbG8=", "aGVsbG8Kd29ybGQK", "AAEC/w==", "aGVs\\nbG8=", "aGVsbG8", "!!", "aGVsbG8=\\u0000"];

const each = <T>(values: readonly T[], steps: (value: T) => readonly Step[]): Step[] => values.flatMap(steps);

export const EXEC_SCENARIOS: readonly Scenario[] = [
  { id: "paths", world, prepare: PROGRAMS, steps: each(NAMES, (name) => [run(name, CAPTURED), ended]) },
  {
    id: "U+0000 in what a program gets",
    world,
    prepare: PROGRAMS,
    steps: [run("no-such-program\\u0000", CAPTURED), run("no-such-program\\u0000x"), run("true", '"arg":["a\\u0000b"]')],
  },
  { id: "ends", world, steps: each(ENDS, (name) => [script(name, CAPTURED), ended, script(name), ended]) },
  {
    id: "arguments",
    world,
    steps: each(ARGUMENT_LISTS, (list) => [run("printf", `"arg":${list.replace("[", '["%s.",').replace(",]", "]")},${CAPTURED}`), ended]),
  },
  { id: "no arguments", world, steps: [run("echo", CAPTURED), ended, run("echo", `"arg":[],${CAPTURED}`), ended] },
  {
    id: "environments",
    world,
    env: { A: "of the agent" },
    steps: [
      script("environment", CAPTURED),
      ended,
      ...each(ENVIRONMENTS, (list) => [
        script("environment", `"env":${list},${CAPTURED}`),
        ended,
        run("env", `"env":${list},${CAPTURED}`),
        ended,
      ]),
    ],
  },
  {
    id: "programs by the PATH of the arguments",
    world,
    prepare: PROGRAMS,
    steps: each(["PATH=/bin", "PATH=/nowhere:/bin", "PATH=/etc", "PATH=/nowhere", "PATH=/bin/", "PATH=//bin"], (path) => [
      run("lodger-script", `"env":["${path}"],${CAPTURED}`),
      run("true", `"env":["${path}"],${CAPTURED}`),
      ended,
    ]),
  },
  {
    id: "programs by a relative PATH",
    world,
    prepare: PROGRAMS,
    steps: each(["PATH=folder", "PATH=.", "PATH=folder:/bin", "PATH=:/bin", "PATH=/bin:"], (path) => [
      run("lodger-inside", `"env":["${path}"]`),
      run("lodger-script", `"env":["${path}"]`),
      run("true", `"env":["${path}"]`),
    ]),
  },
  {
    id: "what a child has of the agent",
    world,
    prepare: PROGRAMS,
    steps: each(["marker", "descriptors", "input0", "signals", "umask"] as const, (name) => [script(name, CAPTURED), ended]),
  },
  {
    id: "input",
    world,
    steps: each(INPUTS, (base64) => [
      run("cat", `"input-data":"${base64}",${CAPTURED}`),
      ended,
      script("input", `"input-data":"${base64}",${CAPTURED}`),
      ended,
      run("cat", `"input-data":"${base64}"`),
      ended,
    ]),
  },
  {
    id: "input that is not read",
    world,
    steps: [
      run("true", `"input-data":"${"QUJD".repeat(100_000)}",${CAPTURED}`),
      ended,
      script("ignoresInput", `"input-data":"${"QUJD".repeat(100_000)}",${CAPTURED}`),
      ended,
      script("someInput", `"input-data":"${"QUJD".repeat(100_000)}",${CAPTURED}`),
      ended,
      run("no-such-program", '"input-data":"QUJD"'),
    ],
  },
  {
    id: "much input",
    world,
    steps: [
      script("countInput", `"input-data":"${"QUJD".repeat(1_000_000)}",${CAPTURED}`),
      ended,
      run("cat", `"input-data":"${"QUJD".repeat(300_000)}",${CAPTURED}`),
      ended,
    ],
  },
  {
    id: "status of what was not started",
    world,
    steps: each(["0", "1", "-1", "99999999", "2147483648", "4294967297", "9223372036854775807", "-9223372036854775808"], (pid) => [
      status(pid),
    ]),
  },
  {
    id: "status once, twice, after another client",
    world,
    steps: [
      run("true"),
      ended,
      status("{p}"),
      status("{p}"),
      script("onlyOut", CAPTURED),
      { reconnect: true },
      ended,
      status("{p}"),
      { restart: "SIGTERM" },
      status("{p}"),
    ],
  },
  { id: "status while it runs", world, steps: [script("wait", CAPTURED), status("{p}"), status("{p}"), ended, status("{p}")] },
];
