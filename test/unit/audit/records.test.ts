/** What the record of a request says, from the dispatcher's side. */
import { describe, expect, it } from "vitest";
import { Session } from "../../../core/dispatch/session.ts";
import { command, failed, Type } from "../../../core/plugin.ts";
import { TestConnection } from "../dispatch/agent-under-test.ts";
import { audited, type Line } from "./audited.ts";

const stuck = Promise.withResolvers<void>();
const commands = [
  command({
    name: "guest-greet",
    since: "1",
    summary: "",
    arguments: Type.Object({ name: Type.String(), password: Type.Optional(Type.String({ secret: true })) }),
    run: ({ name }) => {
      if (name === "nobody") throw failed(`there is no ${name}`);
      if (name === "bug") throw new TypeError("hidden");
    },
  }),
  command({ name: "guest-stuck", since: "1", summary: "", run: () => stuck.promise }),
];

const origin = { file: "/etc/lodger/lodger.toml", line: 12 };
const greet = (args: object) => JSON.stringify({ execute: "guest-greet", arguments: args });
const all = { connection: { peer: "a client", number: 7 }, n: 1, ms: expect.any(Number) };

const cases: readonly (readonly [what: string, request: string, record: Partial<Line>])[] = [
  [
    "done",
    greet({ name: "x", password: "p" }),
    { command: "guest-greet", arguments: { name: "x", password: "(secret)" }, decision: "allowed", result: "ok" },
  ],
  [
    "failed",
    greet({ name: "nobody" }),
    {
      command: "guest-greet",
      arguments: { name: "nobody" },
      decision: "allowed",
      result: "error",
      error: { class: "GenericError", code: "COMMAND_FAILED" },
    },
  ],
  [
    "failed by a fault",
    greet({ name: "bug" }),
    {
      command: "guest-greet",
      arguments: { name: "bug" },
      decision: "allowed",
      result: "error",
      error: { class: "GenericError", code: "INTERNAL" },
    },
  ],
  [
    "with a password in the wrong place",
    greet({ nmae: "geheim", password: "geheim" }),
    {
      command: "guest-greet",
      argumentNames: ["nmae", "password"],
      decision: "none",
      result: "error",
      error: { class: "GenericError", code: "PARAMETER_MISSING" },
    },
  ],
  [
    "of no command",
    `{"execute": "${"x".repeat(100)}", "arguments": {"a": "geheim"}}`,
    {
      command: `${"x".repeat(64)}… (100 characters)`,
      argumentNames: ["a"],
      decision: "none",
      result: "error",
      error: { class: "CommandNotFound", code: "COMMAND_NOT_FOUND" },
    },
  ],
];

describe("the record of a request", () => {
  it.each(cases)("%s", async (_, request, record) => {
    const { ask, lines, records } = await audited(commands);
    await ask(request);
    expect(records()).toEqual([{ ...all, ...record }]);
    expect(lines.join()).not.toContain("geheim");
  });

  it("refused, with the line that decided", async () => {
    const { ask, records } = await audited(commands, { block: [{ pattern: "guest-g*", origin }] });
    await ask(greet({ name: "geheim" }));
    expect(records()).toMatchObject([
      { command: "guest-greet", argumentNames: ["name"], decision: "refused", rule: "/etc/lodger/lodger.toml:12", result: "refused" },
    ]);
    expect(records()[0]).not.toHaveProperty("error");
  });

  it("allowed, with the line that decided", async () => {
    const allowed = await audited(commands, { allow: [{ pattern: "guest-*", origin }] });
    await allowed.ask(greet({ name: "x" }));
    expect(allowed.records()).toMatchObject([
      { decision: "allowed", rule: "/etc/lodger/lodger.toml:12", reason: "guest-greet is allowed" },
    ]);
  });

  it("ruled by its arguments, with the line that decided and without what a secret was", async () => {
    const name = { argument: "name", condition: { kind: "one-of", values: ["x"] }, origin: { ...origin, line: 20 } } as const;
    const password = { argument: "password", condition: { kind: "like", patterns: ["geh*"] }, origin: { ...origin, line: 21 } } as const;
    const rule = { commands: [{ pattern: "guest-greet", origin }], origin: { ...origin, line: 19 } };
    const rules = {
      allowIf: [{ ...rule, conditions: [name] }],
      blockIf: [{ ...rule, conditions: [password], origin: { ...origin, line: 23 } }],
    };
    const { ask, lines, logged, records } = await audited(commands, rules);
    const answers = [await ask(greet({ name: "x" })), await ask(greet({ name: "y" })), await ask(greet({ name: "x", password: "geheim" }))];
    expect(records()).toMatchObject([
      { decision: "allowed", arguments: { name: "x" }, rule: "/etc/lodger/lodger.toml:19" },
      { decision: "refused", arguments: { name: "y" }, result: "refused", rule: expect.stringMatching(/:(19|20)$/) },
      { decision: "refused", arguments: { password: "(secret)" }, result: "refused", rule: expect.stringMatching(/:(21|23)$/) },
    ]);
    for (const text of [...lines, ...logged, ...answers]) expect(text).not.toContain("geheim");
  });

  it("given up, and how it ended at last", async () => {
    const { start, records } = await audited(commands);
    const { context, answer } = start('{"execute": "guest-stuck"}');
    expect(records()).toEqual([]);
    context.abandon();
    context.abandon();
    expect(records()).toMatchObject([{ n: 1, command: "guest-stuck", decision: "allowed", result: "abandoned" }]);
    stuck.resolve();
    await answer;
    expect(records()[1]).toMatchObject({ n: 2, command: "guest-stuck", result: "ok", abandoned: 1 });
  });

  it("given up by a sync, with all that waited before it", async () => {
    const hanging = Promise.withResolvers<void>();
    const hangs = command({ name: "guest-hangs", since: "1", summary: "", run: () => hanging.promise });
    const sync = command({ name: "guest-sync", since: "1", summary: "", synchronizes: true, run: () => undefined });
    const { dispatcher, log, records } = await audited([...commands, hangs, sync]);
    const connection = new TestConnection();
    const served = new Session(connection, dispatcher, log).serve();
    connection.receive(`{"execute": "guest-hangs"}${greet({ name: "geheim" })}[]{"execute": "guest-sync"}`);
    await expect.poll(() => records().length).toBe(3);
    expect(records()).toMatchObject([
      { command: "guest-greet", argumentNames: ["name"], decision: "none", result: "abandoned" },
      { command: "guest-hangs", decision: "allowed", result: "abandoned" },
      { command: "guest-sync", decision: "allowed", result: "ok" },
    ]);
    hanging.resolve();
    connection.end();
    await served;
    expect(records()[3]).toMatchObject({ command: "guest-hangs", result: "ok", abandoned: 2 });
  });

  it("is not made of what is no request", async () => {
    const { ask, lines } = await audited(commands);
    for (const text of ["{", "[]", '{"execute": 1}', '{"arguments": {}}', '{"execute": "guest-greet", "more": 1}']) await ask(text);
    expect(lines).toEqual([]);
  });

  it("has at most twenty names of arguments", async () => {
    const { ask, records } = await audited(commands);
    await ask(greet(Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`${index}x`.repeat(50), 1]))));
    const [record] = records();
    const names = record?.argumentNames as string[];
    expect(names).toHaveLength(21);
    expect(names[0]).toBe(`${"0x".repeat(32)}… (100 characters)`);
    expect(names[20]).toBe("… (30 names)");
  });
});
