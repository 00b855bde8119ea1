/** Decisions on commands by name, with the line that decides. */
import { describe, expect, test } from "vitest";
import { originText } from "../../../core/config/problems.ts";
import { Policy } from "../../../core/policy/policy.ts";
import { qemuLists } from "../../../core/policy/qemu-lists.ts";
import { commandOf, rulesOf } from "./ask.ts";

const CONDITION = '[[allow-if]]\ncommands = "guest-exec"\narguments.path.one-of = ["/bin/true"]\n';

const ROWS: readonly (readonly [files: readonly string[], command: string, allowed: boolean, decidedBy: string | undefined])[] = [
  [[], "guest-exec", true, undefined],
  [[""], "guest-exec", true, undefined],
  [['profile = "full"'], "guest-exec", true, "1.toml:1"],
  [['profile = "observe"'], "guest-exec", false, "1.toml:1"],
  [['profile = "observe"\nallow = "guest-exec"'], "guest-exec", true, "1.toml:2"],
  [['profile = "observe"\nallow = ["guest-ping",\n"guest-exec"]'], "guest-exec", true, "1.toml:3"],
  [['profile = "observe"\nallow = "guest-exec"'], "guest-exec-status", false, "1.toml:1"],
  [['profile = "observe"\nallow = "guest-exec*"'], "guest-exec-status", true, "1.toml:2"],
  // profiles hold together
  [['profile = "observe"', 'profile = "full"'], "guest-exec", false, "1.toml:1"],
  [['profile = "full"', 'profile = "observe"'], "guest-exec", false, "2.toml:1"],
  [['profile = "backup"', 'profile = "standard"'], "guest-fsfreeze-freeze", true, "1.toml:1"],
  [['profile = "backup"', 'profile = "standard"'], "guest-shutdown", false, "1.toml:1"],
  [['profile = "none"', 'profile = "standard"'], "guest-sync", true, "1.toml:1"],
  // without a profile: full, or none where something is allowed by name
  [['allow = "guest-ping"'], "guest-ping", true, "1.toml:1"],
  [['allow = "guest-ping"'], "guest-info", false, "1.toml:1"],
  [['allow = "guest-ping"'], "guest-sync", true, undefined],
  [['allow = "guest-ping"'], "guest-sync-delimited", true, undefined],
  [['block = "guest-ping"'], "guest-info", true, undefined],
  [[CONDITION], "guest-info", false, "1.toml:1"],
  [[CONDITION], "guest-exec", true, "1.toml:1"],
  [[CONDITION], "guest-sync", true, undefined],
  [["", CONDITION], "guest-exec-status", false, "2.toml:1"],
  [['profile = "observe"', CONDITION], "guest-exec", true, "2.toml:1"],
  [['profile = "observe"', CONDITION], "guest-ping", true, "1.toml:1"],
  [['profile = "full"', CONDITION], "guest-exec-status", true, "1.toml:1"],
  // a block wins over everything
  [['block = "guest-exec"'], "guest-exec", false, "1.toml:1"],
  [['allow = "guest-exec"', 'block = "guest-exec"'], "guest-exec", false, "2.toml:1"],
  [['block = "guest-exec"', 'allow = "guest-exec"'], "guest-exec", false, "1.toml:1"],
  [['block = "guest-e*"', 'profile = "full"'], "guest-exec", false, "1.toml:1"],
  [['block = "guest-exec"', CONDITION], "guest-exec", false, "1.toml:1"],
  [['block = "*"'], "guest-sync", false, "1.toml:1"],
  [['block = "guest-sync"\nprofile = "none"'], "guest-sync-delimited", true, "1.toml:2"],
  // patterns
  [['block = "guest-set-*"'], "guest-set-time", false, "1.toml:1"],
  [['block = "guest-set-*"'], "guest-get-time", true, undefined],
  [['block = "guest-?et-time"'], "guest-get-time", false, "1.toml:1"],
  [['block = "guest-?et-time"'], "guest-set-time", false, "1.toml:1"],
  [['block = "guest-?-time"'], "guest-set-time", true, undefined],
  [['block = "*time"'], "guest-get-time", false, "1.toml:1"],
  [['block = "*time"'], "guest-get-timezone", true, undefined],
  [['block = "*time*"'], "guest-get-timezone", false, "1.toml:1"],
  [['block = "guest-exec"'], "guest-exec-status", true, undefined],
  [['block = "exec"'], "guest-exec", true, undefined],
];

describe("by name", () => {
  test.each(ROWS)("%j: %s %j", (files, command, allowed, decidedBy) => {
    const decision = new Policy(rulesOf(...files)).decide(commandOf(command));
    expect(decision.allowed).toBe(allowed);
    expect(decision.origin && originText(decision.origin)).toBe(decidedBy);
    expect(decision.reason).not.toBe("");
    if (!allowed) expect(decision.advice).not.toBeUndefined();
  });
});

describe("qemu-ga's lists", () => {
  const rows: readonly (readonly [block: string, allow: string, toml: string, command: string, allowed: boolean, by?: string])[] = [
    ["guest-ping", "", "", "guest-ping", false, "block-rpcs"],
    ["guest-ping", "", "", "guest-info", true],
    ["guest-*,*", "", "", "guest-ping", true],
    ["GUEST-PING,guest_ping", "", "", "guest-ping", true],
    ["", "guest-ping,guest-sync", "", "guest-ping", true, "allow-rpcs"],
    ["", "guest-ping,guest-sync", "", "guest-info", false, "allow-rpcs"],
    ["", "guest-ping", "", "guest-sync", false, "allow-rpcs"],
    ["", "guest-*", "", "guest-ping", false, "allow-rpcs"],
    ["guest-ping", "guest-ping", "", "guest-ping", false, "block-rpcs"],
    // beside lodger.toml: each has to allow it
    ["", "guest-exec", 'profile = "observe"', "guest-exec", false, "1.toml:1"],
    ["", "guest-exec", 'profile = "observe"\nallow = "guest-exec"', "guest-exec", true, "1.toml:2"],
    ["", "guest-ping", 'allow = "guest-exec"', "guest-exec", false, "allow-rpcs"],
    ["guest-exec", "", 'allow = "guest-exec"', "guest-exec", false, "block-rpcs"],
    ["", "guest-exec", CONDITION, "guest-exec", true, "1.toml:1"],
    ["", "guest-ping", CONDITION, "guest-exec", false, "allow-rpcs"],
    ["", "guest-exec", 'block = "guest-exec"', "guest-exec", false, "1.toml:1"],
  ];
  const names = (text: string) => text.split(",").filter((name) => name !== "");
  test.each(rows.map(([block, allow, toml, command, allowed, by]) => ({ block, allow, toml, command, allowed, by })))(
    "block $block, allow $allow, $toml: $command $allowed",
    ({ block, allow, toml, command, allowed, by }) => {
      const rules = { ...rulesOf(toml), ...qemuLists({ blockRpcs: names(block), allowRpcs: names(allow) }) };
      const decision = new Policy(rules).decide(commandOf(command));
      expect(decision.allowed).toBe(allowed);
      expect(decision.origin && originText(decision.origin)).toBe(by);
    },
  );
});
