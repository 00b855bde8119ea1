/** The list of differences explains what it says, and no more. */
import { describe, expect, test } from "vitest";
import { comparable } from "./answers.ts";
import { DIFFERENCES, OF_LINES, TEXTS } from "./differences.ts";
import { guard, Refused } from "./guard.ts";

describe("the list of differences", () => {
  for (const { id, matches, examples } of DIFFERENCES) {
    test(id, () => {
      expect(matches(examples.explained)).toBe(true);
      expect(matches(examples.unexplained)).toBe(false);
      // What ours says is what must not get lost: without it nothing is explained.
      expect(matches({ ...examples.explained, ours: [] })).toBe(false);
    });
  }

  for (const { id, matches, examples } of OF_LINES) {
    test(id, () => {
      expect(matches(...examples.explained)).toBe(true);
      expect(matches(...examples.unexplained)).toBe(false);
    });
  }

  test("names are given once", () => {
    const ids = [...DIFFERENCES, ...OF_LINES, ...TEXTS].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe("answers are compared", () => {
  test("whatever the order of members", () => {
    expect(comparable('{"b": {"d": 1, "c": [2, 3]}, "a": null}')).toBe('{"a": null, "b": {"c": [2, 3], "d": 1}}');
  });

  test("but not of items, nor spellings, nor spaces, nor the byte before", () => {
    const all = [
      '{"a": [1, 2]}',
      '{"a": [2, 1]}',
      '{"a": [1.0, 2]}',
      '{"a":[1, 2]}',
      '\xff{"a": [1, 2]}',
      '{"a": [1, 2]} ',
      '{"a": [1, 2]}{}',
      '{"\\u0061": [1, 2]}',
    ];
    expect(new Set(all.map(comparable)).size).toBe(all.length);
  });
});

describe("nothing harmful is sent", () => {
  const harmful = [
    '{"execute":"guest-shutdown"}',
    '{"execute":"guest-shut\\u0064own"}',
    '{"execute":"guest-fsfreeze-freeze"}',
    '{"execute":"guest-fsfreeze-freeze","arguments":{}}',
    '{"execute":"guest-fsfreeze-freeze-list","arguments":{"mountpoints":["/"]}}',
    '{"execute":"guest-suspend-ram"}',
    '{"execute":"guest-set-time"}',
    '{"execute":"guest-fstrim"}',
    '{"execute":"guest-shutdown","arguments":{"mode":"reboot"}}',
    '{"execute":"guest-shutdown","arguments":{}}',
    '{"execute":"guest-shutdown","arguments":{"mode":"x"}}{"execute":"guest-shutdown"}',
  ];
  for (const bytes of harmful) {
    test(bytes, () => {
      expect(() => guard(bytes)).toThrow(Refused);
      if (!bytes.startsWith('{"execute":"guest-shutdown","arguments":{"mode":"x"}}') || bytes.endsWith('"}')) {
        expect(() => guard(bytes, "it says so")).toThrow(Refused);
      }
    });
  }

  test("but what is refused by its arguments, if a case says so", () => {
    const bytes = '{"execute":"guest-shutdown","arguments":{"mode":"x"}}';
    expect(() => guard(bytes)).toThrow(Refused);
    expect(() => guard(bytes, "an invalid mode")).not.toThrow();
    expect(() => guard('{"execute":"guest-ping"}')).not.toThrow();
  });
});
