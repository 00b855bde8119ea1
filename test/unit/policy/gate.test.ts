/** The gate in front of commands: requests as they come, answers as they leave, and what is logged. */
import "reflect-metadata";
import { describe, expect, test } from "vitest";
import { NO_AUDIT } from "../../../core/audit/audit.ts";
import { RequestContext } from "../../../core/dispatch/context.ts";
import { Dispatcher } from "../../../core/dispatch/dispatcher.ts";
import { Gate } from "../../../core/dispatch/gate.ts";
import { CommandRegistry } from "../../../core/dispatch/registry.ts";
import { type AnyCommand, command, Type } from "../../../core/plugin.ts";
import { Framing, type Message } from "../../../core/protocol/framing.ts";
import { ScratchPool } from "../../../core/protocol/scratch.ts";
import { Statistics } from "../../../core/statistics/statistics.ts";
import { recordingLog } from "../dispatch/agent-under-test.ts";
import { rulesOf } from "./ask.ts";

const ran: { args: unknown; confinement: unknown }[] = [];

const COMMANDS: readonly AnyCommand[] = [
  command({
    name: "guest-run",
    since: "1",
    summary: "Runs.",
    arguments: Type.Object({
      path: Type.String({ role: "program" }),
      arg: Type.Optional(Type.Array(Type.String())),
      id: Type.Optional(Type.Int64()),
    }),
    run: (args, context) => {
      ran.push({ args, confinement: context.confinement("path") });
    },
  }),
  command({
    name: "guest-open",
    since: "1",
    summary: "Opens.",
    arguments: Type.Object({ path: Type.String({ role: "path" }), mode: Type.Optional(Type.String({ default: "r" })) }),
    returns: Type.String(),
    run: ({ path }, context) => {
      ran.push({ args: path, confinement: context.confinement("path") });
      return "opened";
    },
  }),
  command({ name: "guest-plain", since: "1", summary: "Nothing.", returns: Type.String(), run: () => "x".repeat(3000) }),
  command({ name: "guest-hold", since: "1", summary: "Holds.", whileFrozen: true, run: () => undefined }),
];

/** Links of a small world. */
const LINKS = new Map([
  ["/bin", "/usr/bin"],
  ["/data/out", "/etc"],
]);

async function agent(toml: string) {
  const state = { frozen: false };
  const log = recordingLog();
  let asked = 0;
  let later = Promise.resolve();
  const files = {
    resolve: async (path: string) => {
      asked++;
      await later;
      return LINKS.get(path) ?? path;
    },
  };
  const gate = new Gate(rulesOf(toml), state, files);
  const registry = new CommandRegistry(gate, {});
  await registry.add("test", COMMANDS);
  const dispatcher = new Dispatcher(registry, gate, log, NO_AUDIT, new Statistics());
  const contexts: RequestContext[] = [];
  const client = { peer: "test", connection: 1 };
  /** @returns the answer, and undefined for a promise of one. */
  const begin = (name: string, args = "{}") => {
    const messages: Message[] = [];
    new Framing((message) => messages.push(message)).push(Buffer.from(`{"execute":"${name}","arguments":${args}}`));
    const context = new RequestContext(log, new ScratchPool(), client);
    contexts.push(context);
    return dispatcher.dispatch(messages[0] ?? { size: 0, lent: [] }, context);
  };
  const ask = async (name: string, args?: string): Promise<unknown> => {
    const answer = await begin(name, args);
    contexts.at(-1)?.release();
    const value = JSON.parse(String(answer));
    return value.error?.desc ?? value.return;
  };
  const hold = (promise: Promise<void>) => {
    later = promise;
  };
  ran.length = 0;
  return { state, log, gate, registry, begin, ask, hold, contexts, asked: () => asked };
}

const PROGRAMS =
  '[[allow-if]]\ncommands = "guest-run"\narguments.path.program = ["/usr/bin/df", "/usr/bin/id"]\narguments.arg.sequence = ["-h", "..."]\n';

describe("arguments", () => {
  test("what is allowed runs with the program that was listed", async () => {
    const { ask, asked } = await agent(PROGRAMS);
    expect(await ask("guest-run", '{"path":"/usr/bin/df","arg":["-h"]}')).toEqual({});
    expect(asked()).toBe(0);
    expect(await ask("guest-run", '{"path":"/bin/df","arg":["-h"]}')).toEqual({});
    expect(asked()).toBe(2);
    expect(ran.map(({ args }) => args)).toEqual(Array(2).fill({ path: "/usr/bin/df", arg: ["-h"] }));
  });

  test("a refusal says which argument, and not what the rules are", async () => {
    const { ask } = await agent(PROGRAMS);
    const see = "see 'lodger policy explain' in the guest";
    expect(await ask("guest-run", '{"path":"/bin/sh","arg":["-h"]}')).toBe(`Command guest-run is not allowed with this 'path': ${see}`);
    expect(await ask("guest-run", '{"path":"/usr/bin/df"}')).toBe(`Command guest-run is not allowed with no 'arg': ${see}`);
    expect(await ask("guest-run", '{"path":"/bin/sh"}')).toMatch(/^Command guest-run is not allowed with /);
    expect(ran).toEqual([]);
  });

  test("the class of the error is the one of an error, not of a missing command", async () => {
    const { begin } = await agent(PROGRAMS);
    expect(JSON.parse(String(await begin("guest-run", '{"path":"/bin/sh"}'))).error.class).toBe("GenericError");
  });

  test("what isn't valid is told as ever", async () => {
    const { ask } = await agent(PROGRAMS);
    expect(await ask("guest-run", '{"arg":["-h"]}')).toBe("Parameter 'path' is missing");
  });

  test("int64 is exact", async () => {
    const { ask } = await agent('[[block-if]]\ncommands = "guest-run"\narguments.id.one-of = [9007199254740993]\n');
    expect(await ask("guest-run", '{"path":"x","id":9007199254740992}')).toEqual({});
    expect(await ask("guest-run", '{"path":"x","id":9007199254740994}')).toEqual({});
    expect(await ask("guest-run", '{"path":"x","id":9007199254740993}')).toMatch(/not allowed with this 'id'/);
  });

  test("the default of an argument counts", async () => {
    const { ask } = await agent('[[block-if]]\ncommands = "guest-open"\narguments.mode.one-of = ["r"]\n');
    expect(await ask("guest-open", '{"path":"/x"}')).toMatch(/not allowed/);
    expect(await ask("guest-open", '{"path":"/x","mode":"w"}')).toBe("opened");
  });

  test("who opens is told where it has to be", async () => {
    const { ask } = await agent(
      '[[allow-if]]\ncommands = "guest-open"\narguments.path.inside = ["/data"]\n[[block-if]]\ncommands = "*"\narguments.path.inside = ["/data/secret"]\n',
    );
    expect(await ask("guest-open", '{"path":"/data/a"}')).toBe("opened");
    expect(ran).toEqual([{ args: "/data/a", confinement: { inside: ["/data"], outside: ["/data/secret"] } }]);
    expect(await ask("guest-open", '{"path":"/data/out"}')).toMatch(/not allowed with this 'path'/);
    expect(await ask("guest-open", '{"path":"/data/secret/x"}')).toMatch(/not allowed with this 'path'/);
    expect(await ask("guest-open", '{"path":"/database"}')).toMatch(/not allowed with this 'path'/);
  });
});

describe("without rules on a command's arguments", () => {
  test.each(["", 'profile = "full"', 'block = "guest-other"', PROGRAMS.replace("guest-run", "guest-open")])("%j", async (toml) => {
    const { gate, registry, contexts, asked } = await agent(`${toml.includes("[[") ? 'profile = "full"\n' : ""}${toml}`);
    const found = registry.find("guest-run")?.definition;
    if (found === undefined) throw new Error("not there");
    const args = { path: "x" };
    const context = new RequestContext(recordingLog(), new ScratchPool(), { peer: "test", connection: 1 });
    expect(gate.admit(found, args, context)).toBe(args);
    expect(contexts).toEqual([]);
    expect(asked()).toBe(0);
  });
});

describe("guest-info", () => {
  test("lists what the gate would say: a command that is allowed for some arguments is enabled", async () => {
    const { registry, state, gate } = await agent(`${PROGRAMS}`);
    const enabled = () => registry.list().flatMap(({ name, enabled }) => (enabled ? [name] : []));
    expect(enabled()).toEqual(["guest-run"]);
    gate.replace(rulesOf('block = "guest-run"'));
    expect(enabled()).toEqual(["guest-open", "guest-plain", "guest-hold"]);
    state.frozen = true;
    expect(enabled()).toEqual(["guest-hold"]);
  });
});

describe("while somebody looks at the disk", () => {
  test("a freeze refuses what would run behind it", async () => {
    const { begin, hold, state } = await agent(PROGRAMS);
    const { promise, resolve } = Promise.withResolvers<void>();
    hold(promise);
    const answer = begin("guest-run", '{"path":"/bin/df","arg":["-h"]}');
    expect(answer).toBeInstanceOf(Promise);
    state.frozen = true;
    resolve();
    expect(String(await answer)).toContain("has been disabled");
    expect(ran).toEqual([]);
  });

  test("what its client gives up doesn't run", async () => {
    const { begin, hold, contexts, log } = await agent(PROGRAMS);
    const { promise, resolve } = Promise.withResolvers<void>();
    hold(promise);
    const answer = begin("guest-run", '{"path":"/bin/df","arg":["-h"]}');
    contexts[0]?.abandon();
    resolve();
    expect(String(await answer)).toContain("given this request up");
    expect(ran).toEqual([]);
    expect(log.lines.filter((line) => line.startsWith("error"))).toEqual([]);
  });

  test("new rules refuse what they block", async () => {
    const { begin, hold, gate } = await agent(PROGRAMS);
    const { promise, resolve } = Promise.withResolvers<void>();
    hold(promise);
    const answer = begin("guest-run", '{"path":"/bin/df","arg":["-h"]}');
    gate.replace(rulesOf('block = "*"'));
    resolve();
    expect(String(await answer)).toContain("has been disabled");
    expect(ran).toEqual([]);
  });
});

describe("limits", () => {
  test("say which command and what limit, but no path", async () => {
    const { ask } = await agent('[[limit]]\nrate = "1/h"');
    expect(await ask("guest-plain")).toHaveLength(3000);
    expect(await ask("guest-plain")).toBe(
      "Command guest-plain is limited to 1 request an hour on all connections together; try again in 3600 s",
    );
  });

  test("count results by what is answered", async () => {
    const { ask } = await agent('[[limit]]\nbytes = "1 KiB/h"');
    expect(await ask("guest-plain")).toHaveLength(3000);
    expect(await ask("guest-plain")).toMatch(/limited to 1 KiB an hour/);
  });

  test("of what runs at once end with the answer", async () => {
    const { begin, ask, contexts } = await agent("[[limit]]\nconcurrency = 1");
    begin("guest-plain");
    expect(await ask("guest-plain")).toMatch(/limited to 1 request at once/);
    contexts[0]?.release();
    expect(await ask("guest-plain")).toHaveLength(3000);
  });

  test("go on over new rules", async () => {
    const { ask, gate } = await agent('[[limit]]\nrate = "1/h"');
    await ask("guest-plain");
    gate.replace(rulesOf('block = "guest-open"\n[[limit]]\nrate = "1/h"'));
    expect(await ask("guest-plain")).toMatch(/limited/);
  });

  test("count nothing for what the rules refuse", async () => {
    const { ask } = await agent(`profile = "full"\n${PROGRAMS}[[limit]]\nrate = "1/h"`);
    expect(await ask("guest-run", '{"path":"/bin/sh"}')).toMatch(/not allowed/);
    expect(await ask("guest-plain")).toHaveLength(3000);
  });
});

describe("the log", () => {
  test("says what was refused and by which line, and not each time", async () => {
    const { ask, log } = await agent(PROGRAMS);
    for (let i = 0; i < 50; i++) await ask("guest-run", '{"path":"/secret/path","arg":["-h"]}');
    const warnings = log.lines.filter((line) => line.startsWith("warning"));
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toMatch(/^warning: guest-run was refused: .* \(1\.toml:3\)$/);
    expect(log.lines.join("\n")).not.toContain("/secret/path");
  });
});
