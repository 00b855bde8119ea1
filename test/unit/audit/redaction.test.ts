/** What of arguments is kept, by declaration and by size. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineOf, MAX_LINE_BYTES } from "../../../core/audit/line.ts";
import { type Plain, redacted } from "../../../core/audit/redaction.ts";
import { type TObject, Type } from "../../../core/plugin.ts";

const bytes = (length: number) => new Uint8Array(length).fill(65);

const cases: readonly (readonly [what: string, schema: TObject | undefined, args: Record<string, unknown>, shown: Plain])[] = [
  ["plain values", Type.Object({ a: Type.Int64(), b: Type.Boolean() }), { a: 1, b: true }, { a: 1, b: true }],
  ["an integer that JSON's readers would round", Type.Object({ a: Type.Int64() }), { a: 2n ** 62n }, { a: "4611686018427387904" }],
  ["a secret text", Type.Object({ a: Type.String({ secret: true }) }), { a: "hidden" }, { a: "(secret)" }],
  ["a secret number", Type.Object({ a: Type.Int64({ secret: true }) }), { a: 4711 }, { a: "(secret)" }],
  ["secret bytes, whose length is secret too", Type.Object({ a: Type.Base64({ secret: true }) }), { a: bytes(9) }, { a: "(secret)" }],
  ["bytes", Type.Object({ a: Type.Base64() }), { a: bytes(9) }, { a: { bytes: 9 } }],
  ["bytes in a list", Type.Object({ a: Type.Array(Type.Base64()) }), { a: [bytes(1), bytes(2)] }, { a: [{ bytes: 1 }, { bytes: 2 }] }],
  ["a list of secrets", Type.Object({ a: Type.Array(Type.String({ secret: true })) }), { a: ["hidden"] }, { a: ["(secret)"] }],
  ["a secret list", Type.Object({ a: Type.Array(Type.String(), { secret: true }) }), { a: ["hidden"] }, { a: "(secret)" }],
  [
    "a secret in an object in a list",
    Type.Object({ a: Type.Array(Type.Object({ user: Type.String(), key: Type.String({ secret: true }) })) }),
    { a: [{ user: "root", key: "hidden" }] },
    { a: [{ user: "root", key: "(secret)" }] },
  ],
  [
    "one of several shapes, one of which is secret",
    Type.Object({ a: Type.Union([Type.String({ secret: true }), Type.Int64()]) }),
    { a: 4 },
    { a: "(secret)" },
  ],
  [
    "one of several shapes, one of which is bytes",
    Type.Object({ a: Type.Union([Type.Base64(), Type.Int64()]) }),
    { a: "aGlkZGVu" },
    { a: "(secret)" },
  ],
  [
    "an object of any members that are secret",
    Type.Object({ a: Type.Unsafe({ type: "object", additionalProperties: { type: "string", secret: true } }) }),
    { a: { x: "hidden" } },
    { a: "(secret)" },
  ],
  [
    "members beside those that are declared, where some are secret",
    Type.Object({ a: Type.Unsafe({ properties: { x: {} }, additionalProperties: { secret: true } }) }),
    { a: { x: 1, y: "hidden" } },
    { a: { x: 1, y: "(secret)" } },
  ],
  ["what a schema refers to", Type.Object({ a: Type.Unsafe({ $ref: "#/x", x: { secret: true } }) }), { a: "hidden" }, { a: "(secret)" }],
  ["anything at all", Type.Object({ a: Type.Unsafe({}) }), { a: { b: [1, "x", null] } }, { a: { b: [1, "x", null] } }],
  [
    "an environment",
    Type.Object({ env: Type.Array(Type.String(), { role: "environment", secret: true }) }),
    { env: ["PGPASSWORD=hidden", "hidden", "=hidden", "B=x=hidden"] },
    { env: ["PGPASSWORD=…", "…", "=…", "B=…"] },
  ],
  ["a long text", Type.Object({ a: Type.String() }), { a: "x".repeat(257) }, { a: `${"x".repeat(256)}… (257 characters)` }],
  [
    "a long list",
    Type.Object({ a: Type.Array(Type.Int64()) }),
    { a: Array.from({ length: 21 }, (_, index) => index) },
    { a: [...Array(20).keys(), "… (21 items)"] },
  ],
  ["no declaration", undefined, {}, {}],
];

describe("arguments of a request", () => {
  it.each(cases)("%s", (_, schema, args, shown) => {
    expect(redacted(schema, args)).toEqual(shown);
  });

  it("are looked at no further than a record has room for", () => {
    const wide = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`m${index}`, "x"]));
    let deep: unknown = wide;
    for (let level = 0; level < 50; level++) deep = Array.from({ length: 20 }, () => deep);
    const start = performance.now();
    const text = JSON.stringify(redacted(Type.Object({ a: Type.Unsafe({}) }), { a: deep }));
    expect(text.length).toBeLessThan(100_000);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

/** Any tree of which some leaves are declared secret. */
const CANARY = "kanarienvogel";
interface Declared {
  readonly schema: object;
  readonly value: unknown;
}
const { declared } = fc.letrec<{ declared: Declared }>((tie) => ({
  declared: fc.oneof(
    { maxDepth: 5 },
    fc.string({ unit: "binary", maxLength: 400 }).map((value) => ({ schema: Type.String(), value })),
    fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((value) => ({ schema: Type.Int64(), value })),
    fc.constant({ schema: Type.String({ secret: true }), value: CANARY }),
    fc.constant({ schema: Type.Base64(), value: Buffer.from(CANARY) }),
    fc.constant({ schema: Type.Union([Type.Int64(), Type.String({ secret: true })]), value: CANARY }),
    fc.constant({ schema: Type.Array(Type.String(), { role: "environment" }), value: [`A=${CANARY}`] }),
    fc.constant({ schema: { type: "object", additionalProperties: Type.String({ secret: true }) }, value: { a: CANARY, b: [CANARY] } }),
    fc
      .tuple(tie("declared"), fc.integer({ min: 1, max: 30 }))
      .map(([{ schema, value }, count]) => ({ schema: { type: "array", items: schema }, value: Array(count).fill(value) })),
    fc.dictionary(fc.string({ unit: "binary", maxLength: 100 }), tie("declared"), { maxKeys: 30 }).map((members) => ({
      schema: { type: "object", properties: Object.fromEntries(Object.entries(members).map(([name, { schema }]) => [name, schema])) },
      value: Object.fromEntries(Object.entries(members).map(([name, { value }]) => [name, value])),
    })),
  ),
}));

it("whatever the arguments are, a record is one line of JSON of bounded length without a secret", () => {
  fc.assert(
    fc.property(declared, fc.string({ unit: "binary", maxLength: 5000 }), ({ schema, value }, text) => {
      const shown = redacted(Type.Object({ a: Type.Unsafe(schema) }), { a: value });
      const line = lineOf({ time: "now", n: 1, peer: text, arguments: shown, reason: text, rule: text });
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(MAX_LINE_BYTES);
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}](?!$)/u);
      expect(line.endsWith("}\n")).toBe(true);
      expect(line).not.toContain(CANARY);
      expect(JSON.parse(line)).toMatchObject({ n: 1 });
    }),
    { numRuns: 500 },
  );
});
