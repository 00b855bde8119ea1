/** What stands in lodger.toml -> rules, and everything that can be wrong with it. */
import { describe, expect, test } from "vitest";
import { problemText } from "../../../core/config/problems.ts";
import { NO_RULES } from "../../../core/policy/rules.ts";
import { read, rulesOf } from "./ask.ts";

const RULE = 'commands = "guest-exec"\n';

/** Each with all that is said about it. */
const WRONG: readonly (readonly [text: string, ...problems: readonly (string | RegExp)[]])[] = [
  ['profil = "observe"', "1.toml:1: 'profil' is unknown in [policy]; is 'profile' meant?"],
  ["colour = 1", "1.toml:1: 'colour' is unknown in [policy]; there are profile, allow, block, allow-if, block-if, limit"],
  ['profile = "obsrve"', "1.toml:1: there is no profile 'obsrve'; is 'observe' meant?"],
  ['profile = "everything"', "1.toml:1: there is no profile 'everything'; there are none, observe, backup, standard, full"],
  ["profile = 1", "1.toml:1: 'profile' of [policy] is 1: write one of none, observe, backup, standard, full"],
  ['profile = ["observe"]', /'profile' of \[policy\] is a list: write one of/],
  ["allow = []", /^1.toml:1: 'allow' of \[policy\] is an empty list: .*, or leave it out$/],
  ["allow = 1", /'allow' of \[policy\] has 1 in it/],
  ["allow = true", /'allow' of \[policy\] has true in it/],
  ['allow = ["guest-ping",\n\n2]', /^1.toml:3: 'allow' of \[policy\] has 2 in it/],
  ['allow = [["guest-ping"]]', /'allow' of \[policy\] has a list in it/],
  ["allow = {a = 1}", /'allow' of \[policy\] is a table/],
  ['allow = ""', /a name of a command is empty/],
  [
    'allow = "Guest-Ping"',
    `1.toml:1: "Guest-Ping" can be no command: names have lower-case letters, digits and '-'; is 'guest-ping' meant?`,
  ],
  ['allow = "guest_ping"', /is 'guest-ping' meant\?$/],
  ['block = "guest-ping "', /is 'guest-ping' meant\?$/],
  ['block = "guest-ping,guest-info"', /can be no command/],
  ['block = "guest-[a-z]*"', /can be no command/],
  ['block = "gues­t"', /can be no command/],
  ['block = "-ping"', /names begin with a letter/],
  ['block = "guest-"', /'-' stands between words/],
  ['block = "guest--x"', /'-' stands between words/],
  ['block = "1*"', /names begin with a letter/],
  [`block = "${"a".repeat(65)}"`, /at most 64/],
  [
    "[allow-if]\ncommands = 1",
    /'allow-if' of \[policy\] is a table: write each as a table of its own, below a line \[\[policy.allow-if\]\]/,
  ],
  ["allow-if = []", /'allow-if' of \[policy\] is a list/],
  ["block-if = [1]", /'block-if' of \[policy\] is a list/],
  [
    '[[allow-if]]\narguments.path.like = "a"',
    '1.toml:1: [[policy.allow-if]] has no \'commands\': write names or patterns of commands: ["guest-get-*", "guest-info"]',
  ],
  [`[[allow-if]]\n${RULE}`, /^1.toml:1: \[\[policy.allow-if\]\] has no conditions: .* add the commands to 'allow' of \[policy\]$/],
  [`[[block-if]]\n${RULE}`, /^1.toml:1: \[\[policy.block-if\]\] has no conditions: .* add the commands to 'block' of \[policy\]$/],
  [`[[block-if]]\n${RULE}arguments = {}`, /has no conditions/],
  [`[[block-if]]\n${RULE}arguments = 1`, /'arguments' of \[\[policy.block-if\]\] is 1/],
  [
    `[[allow-if]]\n${RULE}argument.path.like = "a"`,
    /'argument' is unknown in \[\[policy.allow-if\]\]; is 'arguments' meant\?/,
    /has no conditions/,
  ],
  [
    `[[allow-if]]\n${RULE}arguments.path = "/bin/df"`,
    /'arguments.path' of \[\[policy.allow-if\]\] is "\/bin\/df": write a condition behind the name/,
  ],
  [`[[allow-if]]\n${RULE}arguments.path = {}`, /'arguments.path' has no condition/],
  [
    `[[allow-if]]\n${RULE}arguments.path.programs = ["/bin/df"]`,
    "1.toml:3: 'programs' is unknown in 'arguments.path'; is 'program' meant?",
  ],
  [`[[allow-if]]\n${RULE}arguments.path.program = []`, /is an empty list/],
  [
    `[[allow-if]]\n${RULE}arguments.path.program = ["df"]`,
    `1.toml:3: "df" is not an absolute path: write absolute paths of programs: ["/usr/bin/uptime"]`,
  ],
  [`[[allow-if]]\n${RULE}arguments.path.program = ["./df"]`, /not an absolute path/],
  [`[[allow-if]]\n${RULE}arguments.path.program = ["/usr/bin/"]`, /is a folder/],
  [`[[allow-if]]\n${RULE}arguments.path.program = ["/"]`, /is a folder/],
  [`[[allow-if]]\n${RULE}arguments.path.program = ["/usr/../bin/df"]`, /has '.' or '..' in it/],
  [`[[allow-if]]\n${RULE}arguments.path.program = [1]`, /has 1 in it/],
  [`[[allow-if]]\n${RULE}arguments.path.inside = ["srv"]`, /not an absolute path/],
  [`[[allow-if]]\n${RULE}arguments.path.inside = ["/srv/./data"]`, /has '.' or '..' in it/],
  [`[[allow-if]]\n${RULE}arguments.path.inside = ["/srv\\u0000"]`, /has a NUL character/],
  [`[[allow-if]]\n${RULE}arguments.path.inside = ["/srv/*"]`, /warning: .* so \* and \? are part of its name/],
  [`[[allow-if]]\n${RULE}arguments.path.one-of = []`, /it is empty/],
  [`[[allow-if]]\n${RULE}arguments.path.one-of = [2020-01-01]`, /has a date in it/],
  [`[[allow-if]]\n${RULE}arguments.path.one-of = {a = 1}`, /is a table/],
  [`[[allow-if]]\n${RULE}arguments.path.like = []`, /is an empty list/],
  [`[[allow-if]]\n${RULE}arguments.path.like = [true]`, /has true in it/],
  [`[[allow-if]]\n${RULE}arguments.arg.sequence = ["...", "a"]`, /can only be the last of a sequence/],
  [`[[allow-if]]\n${RULE}arguments.arg.at-most = "3"`, /'at-most' of 'arguments.arg' is "3": write a number/],
  [`[[allow-if]]\n${RULE}arguments.arg.at-least = nan`, /write a number/],
  [`[[allow-if]]\n${RULE}arguments.arg.absent = false`, /write true, or leave it out/],
  [`[[allow-if]]\n${RULE}arguments.arg = { absent = true, at-most = 3 }`, /can't be absent and something else/],
  [`[[allow-if]]\n${RULE}arguments.arg = { at-least = 4, at-most = 3 }`, /can't be at least 4 and at most 3: this rule never matches/],
  ["[[limit]]", /limits nothing: write one or more of rate, concurrency, bytes, request-bytes/],
  ['[[limit]]\nrate = "30"', /'rate' of \[\[policy.limit\]\] is "30": write a number and a time/],
  ['[[limit]]\nrate = "30/day"', /such as "30\/min"/],
  ['[[limit]]\nrate = "0/s"', /write a number and a time/],
  ['[[limit]]\nrate = "-1/s"', /write a number and a time/],
  ['[[limit]]\nrate = "1.5/s"', /write a number and a time/],
  ['[[limit]]\nrate = "99999999999/s"', /write a number and a time/],
  ["[[limit]]\nrate = 30", /write a number and a time/],
  ['[[limit]]\nbytes = "1 MiB"', /such as "100 MiB\/min"/],
  ['[[limit]]\nbytes = "1 MB/min"', /such as "100 MiB\/min"/],
  ['[[limit]]\nbytes = "0 MiB/min"', /such as "100 MiB\/min"/],
  ['[[limit]]\nrequest-bytes = "lots"', /such as "256 MiB"/],
  ['[[limit]]\nrequest-bytes = "0 B"', /such as "256 MiB"/],
  ["[[limit]]\nconcurrency = 0", /'block' is there for none at all/],
  ["[[limit]]\nconcurrency = 1.5", /write a whole number/],
  ['[[limit]]\nconcurrency = "4"', /write a whole number/],
  ['[[limit]]\nrate = "1/s"\nper = "client"', /"agent" \(all connections share it\) or "connection"/],
  ['[[limit]]\nrate = "1/s"\ncommands = []', /is an empty list/],
  ['[[limit]]\nrates = "1/s"', /is 'rate' meant\?/, /limits nothing/],
  ['profil = 1\nallow = []\n[[limit]]\nrate = "x"', /'profil'/, /'allow'/, /'rate'/],
];

describe("what is wrong is said, all of it", () => {
  test.each(WRONG.map(([toml, ...expected]) => ({ toml, expected })))("$toml", ({ toml, expected }) => {
    const said = read(toml).problems.list.map(problemText);
    expect(said).toHaveLength(expected.length);
    for (const [index, one] of expected.entries()) {
      if (typeof one === "string") expect(said[index]).toBe(one);
      else expect(said[index]).toMatch(one);
    }
  });
});

describe("what is right", () => {
  test("nothing is no rules", () => {
    expect(rulesOf()).toEqual(NO_RULES);
    expect(rulesOf("", "")).toEqual(NO_RULES);
  });

  test("the example of the documentation", () => {
    const rules = rulesOf(`profile = "backup"
allow = ["guest-get-users"]
block = ["guest-set-*"]

[[allow-if]]
commands = ["guest-exec"]
arguments.path.program = ["/usr/bin/uptime", "//usr//bin/df"]
arguments.arg.sequence = ["-h", "..."]

[[block-if]]
commands = "guest-file-open"
arguments.path.inside = ["/etc/ssh/"]

[[limit]]
commands = ["guest-exec"]
per = "connection"
rate = "30/min"
concurrency = 4
bytes = "100 MiB/min"
request-bytes = "1 MiB"

[[limit]]
rate = "5/s"`);
    const at = (line: number) => ({ file: "1.toml", line });
    const exec = [{ pattern: "guest-exec", origin: at(6) }];
    expect(rules).toEqual({
      ...NO_RULES,
      profiles: [{ profile: "backup", origin: at(1) }],
      allow: [{ pattern: "guest-get-users", origin: at(2) }],
      block: [{ pattern: "guest-set-*", origin: at(3) }],
      allowIf: [
        {
          commands: exec,
          conditions: [
            { argument: "path", condition: { kind: "program", paths: ["/usr/bin/uptime", "/usr/bin/df"] }, origin: at(7) },
            { argument: "arg", condition: { kind: "sequence", patterns: ["-h", "..."] }, origin: at(8) },
          ],
          origin: at(5),
        },
      ],
      blockIf: [
        {
          commands: [{ pattern: "guest-file-open", origin: at(11) }],
          conditions: [{ argument: "path", condition: { kind: "inside", folders: ["/etc/ssh"] }, origin: at(12) }],
          origin: at(10),
        },
      ],
      limits: [
        {
          commands: [{ pattern: "guest-exec", origin: at(15) }],
          per: "connection",
          rate: { count: 30, perMs: 60_000 },
          concurrency: 4,
          bytes: { count: 100 * 1024 * 1024, perMs: 60_000 },
          requestBytes: 1024 * 1024,
          origin: at(14),
        },
        { commands: [{ pattern: "*", origin: at(22) }], per: "agent", rate: { count: 5, perMs: 1000 }, origin: at(22) },
      ],
    });
  });

  test("integers are exact, and kinds of values are kept apart", () => {
    const { allowIf } = rulesOf(
      `[[allow-if]]\n${RULE}arguments.a.one-of = [9007199254740993, 1, 1.5, true, "1"]\narguments.b = { at-most = 9223372036854775807, at-least = -2.5 }`,
    );
    expect(allowIf[0]?.conditions.map(({ condition }) => condition)).toEqual([
      { kind: "one-of", values: [9007199254740993n, 1, 1.5, true, "1"] },
      { kind: "at-most", bound: 9223372036854775807n },
      { kind: "at-least", bound: -2.5 },
    ]);
  });

  test("an empty sequence is a list without items", () => {
    expect(rulesOf(`[[allow-if]]\n${RULE}arguments.arg.sequence = []`).allowIf[0]?.conditions[0]?.condition).toEqual({
      kind: "sequence",
      patterns: [],
    });
  });
});
