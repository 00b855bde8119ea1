/** Single conditions on single values, for rules that allow and for those that block. */
import { describe, expect, test } from "vitest";
import { holds } from "../../../core/policy/conditions.ts";
import { matches } from "../../../core/policy/pattern.ts";
import { Places } from "../../../core/policy/places.ts";
import type { Condition } from "../../../core/policy/rules.ts";

const oneOf = (...values: (string | number | bigint | boolean)[]): Condition => ({ kind: "one-of", values });
const like = (...patterns: string[]): Condition => ({ kind: "like", patterns });
const sequence = (...patterns: string[]): Condition => ({ kind: "sequence", patterns });
const atMost = (bound: number | bigint): Condition => ({ kind: "at-most", bound });
const atLeast = (bound: number | bigint): Condition => ({ kind: "at-least", bound });
const absent: Condition = { kind: "absent" };

const ROWS: readonly (readonly [condition: Condition, value: unknown, allows: boolean, blocks?: boolean])[] = [
  [absent, undefined, true],
  [absent, "", false],
  [absent, false, false],
  [absent, 0, false],
  [absent, null, false],
  [absent, [], false],
  [oneOf("a", "b"), "a", true],
  [oneOf("a", "b"), "b", true],
  [oneOf("a", "b"), "c", false],
  [oneOf("a"), "A", false],
  [oneOf("a"), "a ", false],
  [oneOf("a"), "a\0", false],
  [oneOf("a"), undefined, false],
  [oneOf("a*"), "ab", false],
  [oneOf("a*"), "a*", true],
  [oneOf("1"), 1, false],
  [oneOf(1), "1", false],
  [oneOf(1), 1, true],
  [oneOf(1), 1n, true],
  [oneOf(1n), 1, true],
  [oneOf(1), true, false],
  [oneOf(true), true, true],
  [oneOf(true), "true", false],
  [oneOf(true), 1, false],
  [oneOf(false), false, true],
  [oneOf(0), false, false],
  [oneOf(0), -0, true],
  [oneOf(Number.NaN), Number.NaN, false],
  [oneOf(9007199254740993n), 9007199254740993n, true],
  [oneOf(9007199254740993n), 9007199254740992, false],
  [oneOf(9007199254740993n), 9007199254740992n, false],
  [oneOf(9007199254740992), 9007199254740993n, false],
  [oneOf(-9223372036854775808n), -9223372036854775808n, true],
  [oneOf(18446744073709551615n), 18446744073709551615n, true],
  [oneOf("a", "b"), ["a", "b"], true],
  [oneOf("a", "b"), ["a", "c"], false, true],
  [oneOf("a"), ["c"], false],
  [oneOf("a"), [], true, false],
  [oneOf("a"), null, false],
  [oneOf("a"), { a: "a" }, false],
  [like("a*"), "abc", true],
  [like("a*"), "a", true],
  [like("a*"), "ba", false],
  [like("a*", "b*"), "ba", true],
  [like("a*"), undefined, false],
  [like("*"), "", true],
  [like("*"), "any\nthing\0", true],
  [like("*"), 1, false],
  [like("*"), true, false],
  [like("*"), null, false],
  [like("*"), {}, false],
  [like("?"), "", false],
  [like(""), "", true],
  [like("-*"), ["-h", "-i"], true],
  [like("-*"), ["-h", "x"], false, true],
  [like("-*"), ["x"], false],
  [like("-*"), [], true, false],
  [like("-*"), ["-h", 1], false, true],
  [like("-*"), [["-h"]], false],
  [sequence("-h", "..."), ["-h"], true],
  [sequence("-h", "..."), ["-h", "x", "y"], true],
  [sequence("-h", "..."), ["x", "-h"], false],
  [sequence("-h", "..."), [], false],
  [sequence("..."), [], true],
  [sequence("..."), ["x"], true],
  [sequence("-h"), ["-h"], true],
  [sequence("-h"), ["-h", "-h"], false],
  [sequence(), [], true],
  [sequence(), ["x"], false],
  [sequence("a", "b*"), ["a", "bc"], true],
  [sequence("a", "b*"), ["bc", "a"], false],
  [sequence("a"), "a", false],
  [sequence("a"), undefined, false],
  [sequence("1"), [1], false],
  [sequence("...", "a"), ["...", "a"], true],
  [atMost(3), 3, true],
  [atMost(3), 4, false],
  [atMost(3), 3n, true],
  [atMost(3), 4n, false],
  [atMost(3), -5, true],
  [atMost(3), "abc", true],
  [atMost(3), "abcd", false],
  [atMost(3), ["a", "b", "c"], true],
  [atMost(3), [1, 2, 3, 4], false],
  [atMost(3), new Uint8Array(3), true],
  [atMost(3), new Uint8Array(4), false],
  [atMost(3), true, false],
  [atMost(3), undefined, false],
  [atMost(3), null, false],
  [atMost(3), {}, false],
  [atMost(9007199254740993n), 9007199254740993n, true],
  [atMost(9007199254740992), 9007199254740993n, false],
  [atLeast(3), 3, true],
  [atLeast(3), 2, false],
  [atLeast(3), "abc", true],
  [atLeast(3), "ab", false],
  [atLeast(3), [], false],
  [atLeast(0), [], true],
  [atLeast(-1), -1n, true],
  [atLeast(9007199254740993n), 9007199254740992, false],
  [atLeast(1), Number.POSITIVE_INFINITY, true],
];

describe("a condition", () => {
  test.each(ROWS.map(([condition, value, allows, blocks = allows]) => ({ condition, value, allows, blocks })))(
    "$condition on $value: $allows",
    ({ condition, value, allows, blocks }) => {
      expect(holds(condition, value, "allow", new Places())).toBe(allows);
      expect(holds(condition, value, "block", new Places())).toBe(blocks);
    },
  );
});

describe("a pattern", () => {
  test.each([
    ["", "", true],
    ["", "a", false],
    ["a", "a", true],
    ["a", "A", false],
    ["*", "", true],
    ["**", "", true],
    ["?*", "", false],
    ["?*", "a", true],
    ["*?", "abc", true],
    ["a*c", "abc", true],
    ["a*c", "ac", true],
    ["a*c", "acb", false],
    ["a*c", "acbc", true],
    ["*a*b*", "xxaxxbxx", true],
    ["*a*b*", "xxbxxaxx", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a?c", "a\nc", true],
    ["?", "é", true],
    ["?", "😀", true],
    ["??", "😀", false],
    ["*?", "😀", true],
    ["*😀", "a😀", true],
    ["[a]", "a", false],
    ["a.c", "abc", false],
    ["(a+)+$", "aaaa", false],
    ["a\\*", "a*", false],
    ["...", "...", true],
  ])("%j on %j: %j", (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  test("takes no time that grows by the power of its stars", () => {
    expect(matches(`${"*a".repeat(30)}b`, "a".repeat(50_000))).toBe(false);
  });
});
