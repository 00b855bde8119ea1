import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { indented, objectMembers, terminalSafe } from "../../../core/cli/json-text.ts";

const blanks = fc.constantFrom("", " ", "\n", "\t", " \r\n ");

/** The same value with blanks between all of its tokens. */
function spread(json: string, blank: string): string {
  return json.replace(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g, (token) => `${blank}${token}${blank}`);
}

describe("members", () => {
  it.each([
    ['{"return": 9007199254740993}', { return: "9007199254740993" }],
    ['{"return": {}, "id": -0}', { return: "{}", id: "-0" }],
    ['{ "a" : [ 1 , {"a": 2} ] , "b":"x,y:}]\\"" }', { a: '[ 1 , {"a": 2} ]', b: '"x,y:}]\\""' }],
    ['{"\\u0061": 1.50e3}', { a: "1.50e3" }],
    ['{"a": 1, "a": 2}', { a: "2" }],
    ['{"\\\\": "\\\\"}', { "\\": '"\\\\"' }],
    ["{}", {}],
  ])("of %s", (text, members) => {
    expect(Object.fromEntries(objectMembers(text) ?? [])).toEqual(members);
  });

  it.each(["", "[]", "1", "null", '"x"', "{", "{}}", "{'a': 1}", '{"a": 01}', '{"a": NaN}', '{"a": "\n"}', "\ufeff{}", '{"a":1} {"b":2}'])(
    "are none in %j",
    (text) => {
      expect(objectMembers(text)).toBeUndefined();
    },
  );

  it("are read down to 1024 levels", () => {
    const nested = (depth: number) => `{"a":${"[".repeat(depth - 1)}${"]".repeat(depth - 1)}}`;
    expect(objectMembers(nested(1024))).toBeDefined();
    expect(objectMembers(nested(1025))).toBeUndefined();
    expect(objectMembers(nested(1_000_000))).toBeUndefined();
  });

  it("are the parts of any object", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "binary" }), fc.jsonValue(), { noNullPrototype: true, maxKeys: 5 }),
        blanks,
        (object, blank) => {
          const members = objectMembers(spread(JSON.stringify(object), blank));
          expect([...(members ?? [])].map(([key, json]) => [key, JSON.parse(json)])).toEqual(
            Object.entries(JSON.parse(JSON.stringify(object)) as object),
          );
        },
      ),
    );
  });
});

describe("indented", () => {
  it("is what JSON.stringify lays out", () => {
    fc.assert(
      fc.property(fc.jsonValue(), blanks, (value, blank) => {
        expect(indented(spread(JSON.stringify(value), blank))).toBe(JSON.stringify(value, null, 2));
      }),
    );
  });

  it("leaves numbers and strings as they are", () => {
    expect(indented('{"a":9007199254740993,"b":[1.0,"\\u0041 , "]}')).toBe(
      '{\n  "a": 9007199254740993,\n  "b": [\n    1.0,\n    "\\u0041 , "\n  ]\n}',
    );
  });
});

describe("for a terminal", () => {
  it("nothing is left that it obeys or hides, and the value is the same", () => {
    const text = fc.string({
      unit: fc.constantFrom("a", "é", "😀", "\u007f", "\u009b", "\u202e", "\u200b", "\u2028", "\ufeff", "\u{e0041}", '"', "\\"),
    });
    fc.assert(
      fc.property(text, blanks, (value, blank) => {
        const safe = terminalSafe(spread(JSON.stringify([value]), blank));
        expect(safe).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
        expect(JSON.parse(safe)).toEqual([value]);
      }),
    );
  });
});
