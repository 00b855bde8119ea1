/** No built-in command lets out what its arguments declare as secret or content: not in the audit, the log or an error. */
import { describe, expect, it } from "vitest";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { builtInHost } from "../../../core/extension/host.ts";
import { type AnyPlugin, OsError, type TSchema } from "../../../core/plugin.ts";
import { builtInPlugins } from "../../../plugins/index.ts";
import { RecordedLog } from "../run-command.ts";
import { audited } from "./audited.ts";

const CANARY = "kanarienvogel";
const AS_BYTES = Buffer.from(CANARY).toString("base64");
const LETS_OUT = new RegExp(`${CANARY}|${AS_BYTES}|${Buffer.from(CANARY).toString("hex")}`, "i");

interface Node extends TSchema {
  readonly type?: string;
  readonly enum?: readonly string[];
  readonly items?: Node;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly alternate?: { readonly values: readonly string[] };
  readonly base64?: true;
  readonly secret?: true;
  readonly role?: string;
}

/** Something valid, with the canary where nobody may see it. */
function filled(schema: Node, hidden = false): unknown {
  const isHidden = hidden || schema.secret === true || schema.role === "environment";
  if (schema.base64) return AS_BYTES;
  if (schema.properties) return Object.fromEntries(Object.entries(schema.properties).map(([name, node]) => [name, filled(node, isHidden)]));
  if (schema.items) return [filled(schema.items, isHidden)];
  if (schema.enum) return schema.enum[0];
  if (schema.alternate) return schema.alternate.values[0];
  if (schema.type === "boolean") return false;
  if (schema.type === "string") return schema.role === "environment" || isHidden ? `A=${CANARY}` : "x";
  return 1;
}

/** What each member that may not be seen is when it is wrong. */
function spoilt(schema: Node): object[] {
  const good = filled(schema) as Record<string, unknown>;
  const hidden = Object.entries(schema.properties ?? {}).filter(([, node]) => node.base64 || node.secret || node.role === "environment");
  return hidden.flatMap(([name]) => [CANARY, `${CANARY}!`, [CANARY], { x: CANARY }, 1].map((wrong) => ({ ...good, [name]: wrong })));
}

/** Every port of the system refuses everything, so nothing happens. */
function refusing(): unknown {
  const proxy: unknown = new Proxy(() => undefined, {
    get: (_, name) => (name === "then" || typeof name === "symbol" ? undefined : proxy),
    apply: () => {
      throw new OsError("EACCES", 13, "Permission denied", "open");
    },
  });
  return proxy;
}

function commandsOf(plugin: AnyPlugin) {
  const needs = Object.fromEntries(Object.keys(plugin.needs ?? {}).map((name) => [name, refusing()]));
  return plugin.commands?.(needs, builtInHost(plugin, new RecordedLog())) ?? [];
}

const withArguments = builtInPlugins.flatMap((plugin) =>
  commandsOf(plugin)
    .filter((definition) => definition.arguments)
    .map((definition) => [definition.name, { ...definition, supported: () => true as const }] as const),
);

describe("secrets and contents", () => {
  it("are declared where there are any", () => {
    const schemas = Object.fromEntries(
      builtInPlugins.flatMap(declaredCommands).map(({ name, arguments: schema }) => [name, schema?.properties ?? {}]),
    );
    expect(schemas["guest-set-user-password"]?.password).toMatchObject({ secret: true });
    expect(schemas["guest-exec"]?.env).toMatchObject({ role: "environment" });
  });

  it.each(withArguments)("%s", async (name, definition) => {
    const { ask, lines, logged } = await audited([definition]);
    const schema = definition.arguments as Node;
    const answers: string[] = [];
    for (const args of [filled(schema) as object, ...spoilt(schema)]) {
      answers.push(await ask(JSON.stringify({ execute: name, arguments: args })));
    }
    expect(lines).toHaveLength(answers.length);
    for (const text of [...lines, ...logged, ...answers]) expect(text).not.toMatch(LETS_OUT);
    expect(JSON.parse(lines[0] ?? "")).toHaveProperty("arguments");
  });
});
