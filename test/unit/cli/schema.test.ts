/** `lodger schema`: the declarations in the words of plain JSON Schema. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { schemaText } from "../../../core/cli/schema.ts";
import { type DeclaredSchema, standardSchema } from "../../../core/cli/standard-schema.ts";
import { NO_START } from "../../../core/config/no-settings.ts";
import { agentContainer, systemContainer } from "../../../core/container.ts";
import { declaredCommands } from "../../../core/declared-commands.ts";
import { command, definePlugin, Type } from "../../../core/plugin.ts";
import { builtInPlugins } from "../../../plugins/index.ts";

function container() {
  return agentContainer(systemContainer(), NO_START, {});
}

interface Document {
  readonly commands: readonly {
    readonly name: string;
    readonly unsupported?: string;
    readonly profile: string;
    readonly roles?: object;
    readonly secret?: readonly string[];
    readonly arguments: object;
    readonly returns: object;
  }[];
}

async function documentOf(plugins: typeof builtInPlugins): Promise<Document> {
  return JSON.parse(await schemaText(plugins, container())) as Document;
}

describe("lodger schema", () => {
  it("holds schemas that a strict validator takes, for every command", async () => {
    const { commands } = await documentOf(builtInPlugins);
    const declared = builtInPlugins.flatMap(declaredCommands).map(({ name }) => name);
    expect(commands.map(({ name }) => name)).toEqual(declared);
    const ajv = new Ajv2020({ strict: true, strictTypes: "log", formats: { int64: true, uint64: true, double: true } });
    for (const { name, arguments: args, returns } of commands) {
      expect(() => [ajv.compile(args), ajv.compile(returns)], name).not.toThrow();
    }
  });

  it("accepts what the agent accepts, and refuses what it refuses", async () => {
    const { commands } = await documentOf(builtInPlugins);
    const open = commands.find(({ name }) => name === "guest-file-open");
    const seek = commands.find(({ name }) => name === "guest-file-seek");
    const ajv = new Ajv2020({ formats: { int64: true, uint64: true, double: true } });
    const valid = (schema: object | undefined, value: unknown) => ajv.validate(schema ?? false, value);
    expect(valid(open?.arguments, { path: "/x", mode: "r" })).toBe(true);
    expect(valid(open?.arguments, { mode: "r" })).toBe(false);
    expect(valid(open?.arguments, { path: "/x", more: 1 })).toBe(false);
    expect(valid(seek?.arguments, { handle: 1000, offset: 0, whence: "cur" })).toBe(true);
    expect(valid(seek?.arguments, { handle: 1000, offset: 0, whence: 2 })).toBe(true);
    expect(valid(seek?.arguments, { handle: 1000, offset: 0, whence: "middle" })).toBe(false);
    expect(valid(seek?.arguments, { handle: 1.5, offset: 0, whence: "cur" })).toBe(false);
  });

  it("says what the admin's rules know of a command", async () => {
    const { commands } = await documentOf(builtInPlugins);
    const noted = (name: string) => {
      const { profile, roles, secret } = commands.find((command) => command.name === name) ?? {};
      return { profile, roles, secret };
    };
    expect(noted("guest-ping")).toEqual({ profile: "observe" });
    expect(noted("guest-sync")).toEqual({ profile: "none" });
    expect(noted("guest-file-open")).toEqual({ profile: "full", roles: { path: "path" } });
    expect(noted("guest-set-user-password")).toEqual({ profile: "full", secret: ["password"] });
    expect(noted("guest-exec")).toEqual({
      profile: "full",
      roles: { path: "program", env: "environment" },
      secret: ["arg", "env", "input-data"],
    });
    const open = commands.find(({ name }) => name === "guest-file-open");
    expect(open?.arguments).toMatchObject({ properties: { mode: { type: "string", default: "r" } } });
  });

  it("says why this system can't do a command", async () => {
    const plugin = definePlugin({
      name: "never",
      commands: () => [
        command({ name: "guest-never", since: "1", summary: "Never.", supported: () => "there is no never here", run: () => undefined }),
        command({ name: "guest-later", since: "1", summary: "Later.", supported: async (): Promise<true> => true, run: () => undefined }),
      ],
    });
    const { commands } = await documentOf([plugin]);
    expect(commands.map(({ unsupported }) => unsupported)).toEqual(["there is no never here", undefined]);
  });
});

describe("a schema of the wire's own types", () => {
  it.each([
    [Type.Int64({ description: "how many" }), { description: "how many", type: "integer", format: "int64" }],
    [Type.Number(), { type: "number", format: "double" }],
    [Type.Base64(), { type: "string", contentEncoding: "base64" }],
    [Type.Enum(["a", "b"]), { type: "string", enum: ["a", "b"] }],
    [Type.Alternate("X", ["boolean"], ["a"]), { anyOf: [{ type: "boolean" }, { enum: ["a"] }] }],
    [Type.Array(Type.Boolean()), { type: "array", items: { type: "boolean" } }],
    [
      Type.Object({ a: Type.String(), b: Type.Optional(Type.Int64()) }),
      {
        type: "object",
        properties: { a: { type: "string" }, b: { type: "integer", format: "int64" } },
        required: ["a"],
        additionalProperties: false,
      },
    ],
  ])("%j", (declared, expected) => {
    expect(standardSchema(declared as DeclaredSchema)).toEqual(expected);
  });
});
