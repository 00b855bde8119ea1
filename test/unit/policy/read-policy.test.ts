/** What stands in lodger.toml -> rules, and everything that can be wrong with it. */
import { describe, expect, test } from "vitest";
import { problemText } from "../../../core/config/problems.ts";
import { NO_RULES } from "../../../core/policy/rules.ts";
import { whole } from "../../quote.ts";
import { read, rulesOf } from "./ask.ts";
import { WRONG_CONDITIONS, WRONG_LIMITS, WRONG_NAMES } from "./wrong-policies.ts";

const RULE = 'commands = "guest-exec"\n';

describe("what is wrong is said, all of it", () => {
  test.each([...WRONG_NAMES, ...WRONG_CONDITIONS, ...WRONG_LIMITS].map(([toml, ...expected]) => ({ toml, expected })))(
    "$toml",
    ({ toml, expected }) => {
      const said = read(toml).problems.list.map(problemText);
      expect(said).toHaveLength(expected.length);
      for (const [index, one] of expected.entries()) expect(said[index]).toMatch(whole(one));
    },
  );
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
