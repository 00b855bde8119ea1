/** What holds for any rules and any request. */
import "reflect-metadata";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { explain } from "../../../core/cli/policy-explain.ts";
import { RequestContext } from "../../../core/dispatch/context.ts";
import { Gate, Refused } from "../../../core/dispatch/gate.ts";
import { loadValidators } from "../../../core/dispatch/validators.ts";
import { type AnyCommand, command, Type } from "../../../core/plugin.ts";
import { matches } from "../../../core/policy/pattern.ts";
import { Policy } from "../../../core/policy/policy.ts";
import { qemuLists } from "../../../core/policy/qemu-lists.ts";
import { type ArgumentRule, type Condition, NO_RULES, type PolicyRules, PROFILES } from "../../../core/policy/rules.ts";
import type { Arguments } from "../../../core/policy/subject.ts";
import { ScratchPool } from "../../../core/protocol/scratch.ts";
import { recordingLog } from "../dispatch/agent-under-test.ts";
import { ask, COMMANDS } from "./ask.ts";

const declaration = {
  since: "1",
  summary: "For rules.",
  arguments: Type.Object({
    path: Type.Optional(Type.String({ role: "path" })),
    run: Type.Optional(Type.String({ role: "program" })),
    env: Type.Optional(Type.Array(Type.String(), { role: "environment" })),
    list: Type.Optional(Type.Array(Type.String())),
    n: Type.Optional(Type.Int64({ default: 7 })),
  }),
  run: () => undefined,
} as const;

const RULED: readonly AnyCommand[] = [
  command({ ...declaration, name: "guest-a" }),
  command({ ...declaration, name: "guest-ab", profile: "observe" }),
  command({ ...declaration, name: "guest-b", profile: "standard" }),
];

/** Where links lead in a small world; what isn't named leads to itself, and some of it nowhere. */
const files = {
  resolve: async (path: string) => {
    if (path.startsWith("/none")) throw new Error("nothing there");
    return path.replace(/^\/link(?=\/|$)/, "/data").replace(/^\/bin(?=\/|$)/, "/usr/bin");
  },
};

const place = fc.constantFrom("/data", "/data/x", "/link", "/link/x", "/etc", "/none/x", "/", "x");
const program = fc.constantFrom("/usr/bin/a", "/bin/a", "/usr/bin/b", "/opt/a", "a", "b", "./a", "/none/a", "/usr/bin/a/");
const word = fc.constantFrom("", "a", "b", "-h", "ab");
const pattern = fc.constantFrom("*", "a*", "?", "-?", "", "ab");
const number = fc.oneof(fc.integer({ min: -3, max: 9 }), fc.constantFrom(9007199254740993n, -9007199254740993n));
const origin = fc.record({ file: fc.constantFrom("a.toml", "b.toml"), line: fc.integer({ min: 1, max: 99 }) });

const some = <T>(of: fc.Arbitrary<T>) => fc.array(of, { minLength: 1, maxLength: 3 });
const list = <T>(of: fc.Arbitrary<T>) => fc.array(of, { maxLength: 3 });

const args: fc.Arbitrary<Arguments> = fc.record(
  { path: place, run: program, env: list(word), list: list(word), n: number },
  { requiredKeys: [] },
);

const general: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ kind: fc.constant("one-of" as const), values: some(fc.oneof(word, number, place)) }),
  fc.record({ kind: fc.constant("like" as const), patterns: some(pattern) }),
  fc.record({ kind: fc.constant("sequence" as const), patterns: list(fc.oneof(pattern, fc.constant("..."))) }),
  fc.record({ kind: fc.constantFrom("at-most" as const, "at-least" as const), bound: number }),
  fc.constant({ kind: "absent" as const }),
);
const condition = fc
  .oneof(
    fc.record({ argument: fc.constantFrom("path", "run", "env", "list", "n", "other"), condition: general }),
    fc.record({
      argument: fc.constant("path"),
      condition: fc.record({
        kind: fc.constant("inside" as const),
        folders: some(fc.constantFrom("/data", "/link", "/etc", "/none", "/")),
      }),
    }),
    fc.record({
      argument: fc.constant("run"),
      condition: fc.record({
        kind: fc.constant("program" as const),
        paths: some(fc.constantFrom("/usr/bin/a", "/bin/a", "/usr/bin/b", "/opt/a")),
      }),
    }),
  )
  .chain((rest) => origin.map((where) => ({ ...rest, origin: where })));

const name = fc.record({
  pattern: fc.constantFrom("guest-a", "guest-ab", "guest-b", "guest-*", "guest-a*", "*", "guest-?", "other"),
  origin,
});
const argumentRule: fc.Arbitrary<ArgumentRule> = fc.record({ commands: some(name), conditions: list(condition), origin });

const rules: fc.Arbitrary<PolicyRules> = fc.record({
  profiles: fc.array(fc.record({ profile: fc.constantFrom(...PROFILES), origin }), { maxLength: 2 }),
  allow: list(name),
  block: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: list(name) }),
  allowIf: list(argumentRule),
  blockIf: fc.array(argumentRule, { maxLength: 2 }),
  limits: fc.constant([]),
  blockOnly: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: list(name) }),
  allowOnly: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: list(name) }),
});
const request = fc.record({ command: fc.constantFrom(...RULED), args });
const RUNS = { numRuns: 2000 };

const decide = (of: PolicyRules, { command: asked, args: given }: { command: AnyCommand; args: Arguments }) =>
  ask(new Policy(of), asked, given, files);

describe("for any rules and any request", () => {
  test("the generator makes both what is allowed and what is refused", async () => {
    const counts = { allowed: 0, refused: 0, byArguments: 0 };
    await fc.assert(
      fc.asyncProperty(rules, request, async (of, asked) => {
        const { decision } = await decide(of, asked);
        if (decision.allowed) counts.allowed++;
        else counts.refused++;
        if (!decision.allowed && new Policy(of).decide(asked.command).allowed) counts.byArguments++;
      }),
      RUNS,
    );
    for (const count of Object.values(counts)) expect(count).toBeGreaterThan(100);
  });

  test("a block by name always wins", async () => {
    await fc.assert(
      fc.asyncProperty(rules, request, name, async (of, asked, block) => {
        fc.pre(matches(block.pattern, asked.command.name));
        expect((await decide({ ...of, block: [...of.block, block] }, asked)).decision.allowed).toBe(false);
      }),
      RUNS,
    );
  });

  test("a block on arguments refuses whatever it refuses alone", async () => {
    await fc.assert(
      fc.asyncProperty(rules, request, argumentRule, async (of, asked, block) => {
        fc.pre(!(await decide({ ...NO_RULES, blockIf: [block] }, asked)).decision.allowed);
        expect((await decide({ ...of, blockIf: [...of.blockIf, block] }, asked)).decision.allowed).toBe(false);
      }),
      RUNS,
    );
  });

  test("a block more never allows more, and a confinement never gets wider", async () => {
    await fc.assert(
      fc.asyncProperty(rules, request, argumentRule, name, async (of, asked, blockIf, block) => {
        const before = await decide(of, asked);
        const after = await decide({ ...of, blockIf: [...of.blockIf, blockIf] }, asked);
        if (!before.decision.allowed) expect(after.decision.allowed).toBe(false);
        if (after.decision.allowed) {
          expect(after.args).toEqual(before.args);
          expect(after.confinements.path?.inside).toEqual(before.confinements.path?.inside);
          expect(after.confinements.path?.outside ?? []).toEqual(expect.arrayContaining([...(before.confinements.path?.outside ?? [])]));
        }
        if (!before.decision.allowed) {
          expect((await decide({ ...of, block: [...of.block, block] }, asked)).decision.allowed).toBe(false);
          expect((await decide({ ...of, blockOnly: [...of.blockOnly, block] }, asked)).decision.allowed).toBe(false);
        }
      }),
      RUNS,
    );
  });

  test("the order of rules, and so that of files, doesn't matter", async () => {
    const shuffled = (of: PolicyRules) =>
      fc.record(
        Object.fromEntries(Object.entries(of).map(([key, value]) => [key, fc.shuffledSubarray([...value], { minLength: value.length })])),
      );
    await fc.assert(
      fc.asyncProperty(
        rules.chain((of) => fc.tuple(fc.constant(of), shuffled(of) as unknown as fc.Arbitrary<PolicyRules>)),
        request,
        async ([of, other], asked) => {
          const [one, two] = [await decide(of, asked), await decide(other, asked)];
          expect(two.decision.allowed).toBe(one.decision.allowed);
          if (one.decision.allowed)
            expect({ args: two.args, confinements: two.confinements }).toEqual({ args: one.args, confinements: one.confinements });
        },
      ),
      RUNS,
    );
  });

  test("what runs is blocked by no rule, and its program is one that was listed", async () => {
    await fc.assert(
      fc.asyncProperty(rules, request, async (of, asked) => {
        const { decision, args: ruled } = await decide(of, asked);
        fc.pre(decision.allowed);
        expect((await decide({ ...NO_RULES, blockIf: of.blockIf }, { ...asked, args: ruled })).decision.allowed).toBe(true);
        const named = of.allowIf.filter(({ commands }) => commands.some((one) => matches(one.pattern, asked.command.name)));
        const isRuled =
          named.length > 0 && named.every(({ conditions }) => conditions.some(({ condition: { kind } }) => kind === "program"));
        if (!isRuled) return;
        const listed = named.flatMap(({ conditions }) =>
          conditions.flatMap(({ condition: one }) => (one.kind === "program" ? one.paths : [])),
        );
        expect(listed).toContain(ruled.run);
      }),
      RUNS,
    );
  });

  test("explain agrees with the gate", async () => {
    const generated = Object.fromEntries(await loadValidators(RULED, {}));
    await fc.assert(
      fc.asyncProperty(rules, request, async (of, { command: asked, args: given }) => {
        const gate = new Gate(of, { frozen: false }, files);
        const context = new RequestContext(recordingLog(), new ScratchPool(), { peer: "test", connection: 1 });
        const refused = async () => {
          const refusal = gate.refusal(asked);
          if (refusal) return refusal;
          try {
            await gate.admit(asked, given, context);
            return undefined;
          } catch (error) {
            if (error instanceof Refused) return error;
            throw error;
          }
        };
        const members = Object.entries(given).map(
          ([key, value]) => `${JSON.stringify(key)}:${typeof value === "bigint" ? value : JSON.stringify(value)}`,
        );
        const refusal = await refused();
        const explained = await explain({ command: asked.name, json: `{${members}}`, commands: RULED, rules: of, files, generated });
        expect(explained.allowed).toBe(refusal === undefined);
        if (refusal !== undefined) expect(explained.text).toContain(refusal.decision.reason);
      }),
      { numRuns: 1000 },
    );
  }, 30_000);
});

test("qemu-ga's lists alone mean exactly what they mean to qemu-ga", () => {
  const item = fc.oneof(
    fc.constantFrom(...COMMANDS.map((one) => one.name)),
    fc.constantFrom("*", "guest-*", "GUEST-PING", "guest_ping", "", "nope"),
  );
  fc.assert(
    fc.property(fc.array(item), fc.array(item), fc.constantFrom(...COMMANDS), (blockRpcs, allowRpcs, asked) => {
      const { allowed } = new Policy({ ...NO_RULES, ...qemuLists({ blockRpcs, allowRpcs }) }).decide(asked);
      expect(allowed).toBe(!blockRpcs.includes(asked.name) && (allowRpcs.length === 0 || allowRpcs.includes(asked.name)));
    }),
    RUNS,
  );
});
